"""Every wrong entry of STORAGES is named with alias, option and remedy, without a server."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.files.storage import storages

from tenant_minio import registry, use_tenant
from tenant_minio.exceptions import InvalidBackendError

GOOD = {"endpoint": "eu.example.com", "access_key": "key", "secret_key": "do-not-show"}


def backend(**options: Any) -> dict[str, Any]:
    return {"BACKEND": "tenant_minio.MinioStorage", "OPTIONS": {**GOOD, **options}}


def routing(**options: Any) -> dict[str, Any]:
    defaults = {"backend": "eu", "bucket": "media", "prefix": "tenants/{tenant}/"}
    return {"BACKEND": "tenant_minio.RoutingStorage", "OPTIONS": {**defaults, **options}}


def without(name: str) -> dict[str, Any]:
    options = {key: value for key, value in GOOD.items() if key != name}
    return {"BACKEND": "tenant_minio.MinioStorage", "OPTIONS": options}


def found() -> list[tuple[str, str]]:
    """Ids and texts of this package's messages."""
    return [
        (str(message.id).removeprefix("tenant_minio."), f"{message.msg} {message.hint}")
        for message in run_checks()
        if str(message.id).startswith("tenant_minio.")
    ]


def test_good_settings_pass(use_storages: Callable[..., None]) -> None:
    routes = {
        "acme": {"backend": "us", "bucket": "acme-media", "prefix": ""},
        "globex": {"backend": "us"},
    }
    use_storages(
        default=routing(routes=routes),
        eu=backend(),
        us=backend(endpoint="us.example.com:9000"),
        reports=backend(bucket="reports", public=True),
    )
    assert found() == []


def test_rules_that_delete_nothing_of_another_entry_pass(use_storages: Callable[..., None]) -> None:
    rules = [{"prefix": "tmp/", "expire_days": 1}, {"noncurrent_expire_days": 2}]
    use_storages(
        default=routing(),
        tmp=routing(prefix="tmp/{tenant}/", lifecycle=rules),
        logs=routing(bucket="logs", lifecycle=[{"expire_days": 1}]),
        both=routing(bucket="logs", prefix="b/{tenant}/", lifecycle=[{"expire_days": 1}]),
        eu=backend(),
    )
    assert found() == []


def test_good_declarations_of_buckets_pass(use_storages: Callable[..., None]) -> None:
    state = {
        "versioning": True,
        "lifecycle": [{"prefix": "tmp/", "expire_days": 3}, {"noncurrent_expire_days": 30}],
        "cors": [{**ANYONE, "headers": ["*"], "expose": ["ETag"], "max_age": 60}],
        "check_on_start": True,
    }
    hooks = [("m-acme", POLICY), ("odd", '{"Statement": []}')]
    use_storages(
        default=routing(
            bucket="m-{tenant}", routes={"o": {"bucket": "odd"}}, policy_hooks=hooks, **state
        ),
        eu=backend(
            bucket="own", private_buckets=["logs", "own"], policy_hooks=[("logs", str)], **state
        ),
        eu2=backend(bucket="logs", prefix="x/", versioning=True),
    )
    assert found() == []


EU = backend()
ANYONE = {"origins": ["*"], "methods": ["GET"]}
POLICY: dict[str, Any] = {"Version": "2012-10-17", "Statement": []}

WRONG: list[tuple[str, dict[str, Any], list[str]]] = [
    ("E001", {"default": routing(backend="ue"), "eu": backend()}, ["default", "'ue'", "eu."]),
    (
        "E001",
        {"default": routing(backend="staticfiles"), "eu": backend()},
        ["default", "'staticfiles'", "eu"],
    ),
    (
        "E001",
        {"default": routing(routes={"acme": {"backend": "uu"}}), "eu": backend()},
        ["default", "'acme'", "'uu'"],
    ),
    ("E002", {"eu": backend(acces_key="x")}, ["'eu'", "'acces_key'", "'access_key'"]),
    ("E002", {"eu": backend(MINIO_ENDPOINT="x")}, ["'eu'", "'MINIO_ENDPOINT'"]),
    (
        "E002",
        {"default": routing(buckets="x"), "eu": backend()},
        ["'default'", "'buckets'", "'bucket'"],
    ),
    (
        "E002",
        {"default": routing(routes={"acme": {"prefx": "x/"}}), "eu": backend()},
        ["'default'", "'prefx'", "'prefix'"],
    ),
    ("E003", {"eu": without("endpoint")}, ["'eu'", "'endpoint'"]),
    ("E003", {"eu": without("secret_key")}, ["'eu'", "'secret_key'"]),
    ("E003", {"eu": backend(prefix="x/")}, ["'eu'", "'prefix'", "bucket"]),
    (
        "E003",
        {"default": {"BACKEND": "tenant_minio.RoutingStorage"}, "eu": backend()},
        ["'default'", "'routes'"],
    ),
    ("E004", {"eu": backend(endpoint="https://eu.example.com")}, ["'eu'", "'secure'"]),
    ("E004", {"eu": backend(endpoint="eu.example.com/path")}, ["'eu'", "host:port"]),
    ("E004", {"eu": backend(external_endpoint="user:pw@host")}, ["'external_endpoint'"]),
    ("E005", {"eu": backend(secure="False")}, ["'eu'", "'secure'", "environment"]),
    ("E005", {"eu": backend(read_timeout=0)}, ["'eu'", "'read_timeout'", "seconds"]),
    ("E005", {"eu": backend(url_expiry=8 * 86400)}, ["'url_expiry'", "604800"]),
    ("E005", {"eu": backend(retries=-1)}, ["'retries'"]),
    ("E005", {"eu": backend(pool_size=0)}, ["'pool_size'"]),
    ("E005", {"default": routing(routes={1: {}}), "eu": backend()}, ["1", "string"]),
    ("E005", {"default": routing(public="yes"), "eu": backend()}, ["'public'"]),
    ("E005", {"default": routing(routers="shop.by_plan"), "eu": backend()}, ["'routers'", "["]),
    ("E006", {"eu": backend(bucket="Media_Files")}, ["'eu'", "'Media_Files'", "lower-case"]),
    ("E006", {"eu": backend(bucket="192.168.1.1")}, ["'eu'", "IP address"]),
    ("E006", {"default": routing(bucket="x" * 60 + "{tenant}"), "eu": backend()}, ["default"]),
    ("E007", {"default": routing(prefix="t/{tenant}"), "eu": backend()}, ["default", "'/'"]),
    ("E007", {"default": routing(prefix="/t/{tenant}/"), "eu": backend()}, ["default"]),
    ("E007", {"default": routing(prefix="t/../{tenant}/"), "eu": backend()}, ["default"]),
    ("E007", {"default": routing(prefix="t/*/{tenant}/"), "eu": backend()}, ["default"]),
    ("E007", {"default": routing(prefix="t/{tenent}/"), "eu": backend()}, ["default", "{tenant}"]),
    ("E008", {"default": routing(prefix="files/"), "eu": backend()}, ["default", "{tenant}"]),
    ("E008", {"eu": backend(bucket="media", prefix="{tenant}/")}, ["eu", "RoutingStorage"]),
    (
        "E009",
        {"default": routing(), "eu": backend(bucket="media")},
        ["'default'", "'eu'", "media", "eu.example.com:443"],
    ),
    (
        "E009",
        {
            "default": routing(routes={"acme": {"prefix": "tenants/"}}),
            "eu": backend(),
        },
        ["'acme'", "tenants/"],
    ),
    (
        "E009",
        {
            "default": routing(),
            "eu": backend(),
            "eu2": backend(endpoint="EU.example.com:443", bucket="media", prefix="tenants/acme/x/"),
        },
        ["'eu2'", "'default'"],
    ),
    (
        "E009",
        {"default": routing(bucket="{tenant}", prefix=""), "eu": backend(bucket="reports")},
        ["'default'", "'eu'"],
    ),
    (
        "E010",
        {
            "default": routing(routes={"acme": {"public": True}}),
            "eu": backend(),
        },
        ["media", "public", "private"],
    ),
    (
        "E010",
        {
            "default": routing(bucket="m-{tenant}", prefix=""),
            "logos": routing(routes={"acme": {"bucket": "m-acme", "public": True}}),
            "eu": backend(),
        },
        ["'logos' route of 'acme'".replace("'logos'", "STORAGES['logos']"), "public", "'default'"],
    ),
    (
        "E009",
        {
            "default": routing(),
            "eu": backend(endpoint="[::1]:0443"),
            "eu2": backend(endpoint="[0:0:0:0:0:0:0:1]", bucket="media"),
        },
        ["'eu2'", "'default'"],
    ),
    ("E004", {"eu": backend(endpoint="eu.example.com:99999")}, ["'eu'"]),
    (
        "E011",
        {"default": routing(routers=["nowhere.to.be.found"]), "eu": backend()},
        ["default", "nowhere.to.be.found"],
    ),
    ("E011", {"eu": {"BACKEND": "tenant_minio.MinoStorage"}}, ["'eu'", "MinoStorage"]),
    ("E006", {"eu": backend(bucket="minio")}, ["'eu'", "'minio'", "admin API"]),
    (
        "E006",
        {"default": routing(routes={"acme": {"bucket": "minio", "prefix": ""}}), "eu": backend()},
        ["default", "'acme'", "'minio'"],
    ),
    ("E003", {"eu": backend(private_buckets=["logs"], prefix="x/")}, ["'eu'", "'prefix'"]),
    ("E005", {"eu": backend(private_buckets="logs")}, ["'eu'", "'private_buckets'", "'logs'"]),
    ("E005", {"eu": backend(public_buckets=[7])}, ["'eu'", "'public_buckets'", "7"]),
    ("E006", {"eu": backend(public_buckets=["Logos"])}, ["'eu'", "'public_buckets'", "'Logos'"]),
    ("E008", {"eu": backend(private_buckets=["m-{tenant}"])}, ["'eu'", "RoutingStorage"]),
    (
        "E009",
        {"default": routing(), "eu": backend(private_buckets=["logs", "media"])},
        ["'default'", "STORAGES['eu'] bucket 'media'"],
    ),
    (
        "E009",
        {
            "default": routing(bucket="m-{tenant}", prefix=""),
            "eu": backend(),
            "eu2": backend(endpoint="EU.example.com:443", public_buckets=["m-acme"], bucket="b-2"),
        },
        ["'default'", "STORAGES['eu2'] bucket 'm-acme'"],
    ),
    (
        "E010",
        {"eu": backend(private_buckets=["logs"]), "eu2": backend(public_buckets=["logs"])},
        ["'eu'", "'eu2'", "'logs'"],
    ),
    (
        "E009",  # an entry calls its cluster by two names, and another by the second
        {
            "default": routing(),
            "eu": backend(endpoint="minio:9000", external_endpoint="eu.example.com"),
            "eu2": backend(bucket="media"),
        },
        ["'default'", "'eu2'", "media"],
    ),
    (
        "E009",  # by a third that both know
        {
            "default": routing(),
            "eu": backend(endpoint="minio:9000", external_endpoint="eu.example.com"),
            "eu2": backend(endpoint="minio2:9000", external_endpoint="eu.example.com:443"),
            "eu3": backend(endpoint="minio2:9000", bucket="media"),
        },
        ["'default'", "'eu3'", "media"],
    ),
    (
        "E010",
        {
            "eu": backend(endpoint="minio:9000", external_endpoint="eu.example.com", bucket="logs"),
            "eu2": backend(public_buckets=["logs"]),
        },
        ["'eu'", "'eu2'", "'logs'"],
    ),
    (
        "E016",
        {"eu": backend(private_buckets=["logs"], public_buckets=["logs"])},
        ["'eu'", "'logs'", "private and public"],
    ),
    (
        "E016",
        {"eu": backend(bucket="logs", public=False, public_buckets=["logs"])},
        ["'eu'", "'public': False", "'logs'"],
    ),
    (
        "E018",
        {"eu": backend(public_url="/media/", public_buckets=["open", "other"])},
        ["'eu'", "'public_url'", "'open'", "'other'", "{bucket}"],
    ),
    (
        "E018",
        {
            "default": routing(bucket="m-{tenant}", prefix="", public=True),
            "eu": backend(public_url="https://cdn.example.com/"),
        },
        ["'default'", "'eu'", "'public_url'", "'m-{tenant}'"],
    ),
    (
        "E018",
        {
            "default": routing(public=True, routes={"acme": {"bucket": "acme-open"}}),
            "eu": backend(public_url="https://cdn.example.com/"),
        },
        ["'default'", "'eu'", "'public_url'", "'media'", "'acme-open'"],
    ),
    ("E003", {"eu": backend(versioning=True)}, ["'eu'", "'versioning'", "no bucket"]),
    ("E005", {"eu": backend(bucket="logs", versioning="on")}, ["'eu'", "'versioning'", "'on'"]),
    ("E005", {"eu": backend(check_on_start="yes")}, ["'eu'", "'check_on_start'", "'yes'"]),
    ("E005", {"default": routing(lifecycle="x"), "eu": backend()}, ["'default'", "'lifecycle'"]),
    ("E005", {"eu": backend(bucket="logs", lifecycle=["x"])}, ["'lifecycle', rule 1", "no dict"]),
    (
        "E002",
        {"eu": backend(bucket="logs", lifecycle=[{"expire_day": 3}])},
        ["'eu'", "'expire_day'", "'expire_days'"],
    ),
    ("E003", {"eu": backend(bucket="logs", lifecycle=[{"prefix": "x/"}])}, ["does nothing"]),
    (
        "E005",
        {"eu": backend(bucket="logs", lifecycle=[{"expire_days": 0}])},
        ["rule 1", "'expire_days'", "0"],
    ),
    (
        "E005",
        {"eu": backend(bucket="logs", lifecycle=[{"expire_days": 1, "prefix": 5}])},
        ["rule 1", "'prefix'", "5"],
    ),
    (
        "E016",
        {"eu": backend(bucket="logs", lifecycle=[{"id": "a", "expire_days": 1}] * 2)},
        ["two rules 'a'"],
    ),
    ("E003", {"eu": backend(bucket="logs", cors=[{"origins": ["*"]}])}, ["rule 1", "'methods'"]),
    (
        "E005",
        {"eu": backend(bucket="logs", cors=[{"origins": "*", "methods": ["GET"]}])},
        ["rule 1", "'origins'", "list"],
    ),
    (
        "E005",
        {"eu": backend(bucket="logs", cors=[{"origins": ["*"], "methods": ["get"]}])},
        ["'methods'", "get", "GET"],
    ),
    (
        "E005",
        {"eu": backend(bucket="logs", cors=[{**ANYONE, "max_age": "1 h"}])},
        ["'max_age'", "'1 h'", "seconds"],
    ),
    ("E005", {"eu": backend(bucket="logs", policy_hooks={"logs": {}})}, ["(bucket, policy)"]),
    ("E005", {"eu": backend(bucket="logs", policy_hooks=["logs"])}, ["'logs'", "(bucket, policy)"]),
    ("E005", {"eu": backend(bucket="logs", policy_hooks=[("logs", {"a": 1})])}, ["'logs'", "dict"]),
    ("E005", {"eu": backend(bucket="logs", policy_hooks=[("logs", "{]")])}, ["'logs'", "JSON"]),
    ("E011", {"eu": backend(bucket="logs", policy_hooks=[("logs", "no.where")])}, ["'logs'"]),
    (
        "E016",
        {"eu": backend(bucket="logs", policy_hooks=[("logs", POLICY), ("logs", str)])},
        ["'logs'", "two policies"],
    ),
    (
        "E016",
        {
            "default": routing(versioning=True),
            "other": routing(prefix="other/{tenant}/", versioning=False),
            "eu": backend(),
        },
        ["'default'", "'other'", "'media'", "'versioning'", "eu.example.com:443"],
    ),
    (
        "E016",
        {
            "default": routing(),
            "tmp": routing(prefix="tmp/{tenant}/", lifecycle=[{"expire_days": 1}]),
            "eu": backend(),
        },
        ["'tmp'", "rule-1 (all): expire 1 d", "'default'", "media/tenants/{tenant}/", "'prefix'"],
    ),
    (
        "E016",
        {
            "default": routing(bucket="m-{tenant}", prefix="a/{tenant}/"),
            "eu": backend(
                bucket="m-acme",
                prefix="b/",
                lifecycle=[{"prefix": "a/acme/x", "expire_days": 1}],
            ),
        },
        ["'eu'", "expire 1 d", "'default'", "m-{tenant}/a/{tenant}/"],
    ),
    (
        "E016",
        {
            "eu": backend(bucket="logs", prefix="a/", policy_hooks=[("logs", POLICY)]),
            "eu2": backend(bucket="logs", prefix="b/", policy_hooks=[("logs", str)]),
        },
        ["'eu'", "'eu2'", "'policy_hooks'"],
    ),
    (
        "E017",
        {"eu": backend(bucket="logs", policy_hooks=[("lgos", POLICY)])},
        ["'eu'", "'lgos'", "logs"],
    ),
    (
        "E017",
        {"default": routing(bucket="m-{tenant}", policy_hooks=[("x-acme", POLICY)]), "eu": EU},
        ["'default'", "'x-acme'", "m-{tenant}"],
    ),
]


@pytest.mark.parametrize(("code", "entries", "told"), WRONG)
def test_wrong_storages_are_named(
    use_storages: Callable[..., None], code: str, entries: dict[str, Any], told: list[str]
) -> None:
    use_storages(**entries)
    texts = [text for number, text in found() if number == code]
    assert texts, found()
    assert any(all(word in text for word in told) for text in texts), texts
    assert not any("do-not-show" in text for _number, text in found())


@pytest.mark.parametrize(("code", "entries", "told"), WRONG[:1] + WRONG[5:6] + WRONG[31:33])
def test_wrong_storages_raise_at_first_use(
    use_storages: Callable[..., None], code: str, entries: dict[str, Any], told: list[str]
) -> None:
    """Under gunicorn no check has run: what is wrong must not be used all the same."""
    use_storages(**entries)
    alias = "default" if "default" in entries else "eu"
    with use_tenant("acme"), pytest.raises(InvalidBackendError, match=f"tenant_minio.{code}"):
        storages[alias].exists("f.txt")


def test_a_secret_of_the_wrong_type_is_not_repeated(use_storages: Callable[..., None]) -> None:
    use_storages(eu=backend(secret_key=12345678, proxy=["http://user:hidden@proxy"]))
    texts = " ".join(text for _code, text in found())
    assert "'secret_key'" in texts
    assert "12345678" not in texts
    assert "hidden" not in texts


def test_ten_thousand_routes_are_compared(use_storages: Callable[..., None]) -> None:
    routes = {f"t{n}": {"bucket": "shared", "prefix": f"p{n}/"} for n in range(10_000)}
    routes["odd"] = {"bucket": "shared", "prefix": "p77/below/"}
    use_storages(default=routing(routes=routes), eu=backend())
    (problem,) = registry.declared.problems
    assert "'t77'" in problem.message
    assert "'odd'" in problem.message


INTERNAL = {"endpoint": "minio:9000", "secure": False}


@pytest.mark.parametrize(
    ("entries", "told"),
    [
        (
            {"default": routing(), "eu": backend(), "eu2": backend(**INTERNAL, bucket="media")},
            ["'default'", "'eu2'", "no orphans", "minio:9000", "eu.example.com:443"],
        ),
        (
            {
                "default": routing(bucket="m-{tenant}", prefix=""),
                "eu": backend(),
                "eu2": backend(**INTERNAL, bucket="m-acme", public=True, prefix="logos/"),
            },
            ["'default'", "'eu2'", "no orphans"],
        ),
        (
            {
                "eu": backend(bucket="media", prefix="a/"),
                "eu2": backend(**INTERNAL, bucket="media", prefix="b/", public=True),
            },
            ["'eu'", "'eu2'", "is not opened"],
        ),
    ],
)
def test_places_that_only_endpoints_keep_apart_are_told(
    use_storages: Callable[..., None], entries: dict[str, Any], told: list[str]
) -> None:
    use_storages(**entries)
    ((code, text),) = found()
    assert code == "W012"
    assert not [word for word in told if word not in text]
    assert registry["eu"].location == "eu.example.com:443"  # a warning stops nothing


def test_a_bucket_of_one_name_on_two_clusters_is_fine_where_nothing_would_meet(
    use_storages: Callable[..., None],
) -> None:
    use_storages(
        default=routing(routes={"acme": {"backend": "eu2"}}),
        thumbs=routing(backend="eu2", prefix="thumbs/{tenant}/"),
        eu=backend(),
        eu2=backend(**INTERNAL),
    )
    assert found() == []

"""Declared against actual: what differs is told, mended on request, and then left alone."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings
from minio.versioningconfig import SUSPENDED, VersioningConfig

from tenant_minio import Route, registry
from tenant_minio.buckets import check, initialize, needs_of_entry, needs_of_storages
from tenant_minio.buckets.policy import public_policy
from tests.conftest import MEMORY, bucket_name, entry, raw_client, remove_bucket

KEYS = ["acme", "globex"]
RULES = [{"id": "old", "prefix": "tmp/", "expire_days": 3}]
CORS = [{"origins": ["https://app.example.com"], "methods": ["GET", "PUT"], "max_age": 60}]
calls: list[str] = []


def all_tenants() -> list[str]:
    return KEYS


def partner_policy(bucket: str) -> dict[str, Any]:
    """A policy hook; says how often it was asked."""
    calls.append(bucket)
    return policy_for(bucket, "partner/*")


def policy_for(bucket: str, keys: str) -> dict[str, Any]:
    policy: dict[str, Any] = json.loads(public_policy(bucket))
    policy["Statement"][0]["Resource"] = [f"arn:aws:s3:::{bucket}/{keys}"]
    return policy


def no_policy(bucket: str) -> str:
    return f"nothing for {bucket}"


def failing(bucket: str) -> None:
    raise RuntimeError(bucket)


def run(*args: str) -> tuple[str, bool]:
    """What the command prints, and whether it exits with 0."""
    out = io.StringIO()
    try:
        call_command("check_buckets", *args, stdout=out, stderr=io.StringIO())
    except CommandError:
        return out.getvalue(), False
    return out.getvalue(), True


def states(*args: str) -> dict[str, dict[str, str]]:
    """Bucket -> feature -> status, by the JSON of the command."""
    out, _fine = run("--json", *args)
    return {
        found["bucket"]: {feature["feature"]: feature["status"] for feature in found["features"]}
        for found in json.loads(out)["buckets"]
    }


def routing(**options: Any) -> dict[str, Any]:
    return {"BACKEND": "tenant_minio.RoutingStorage", "OPTIONS": options}


@pytest.fixture
def buckets(
    minio_server: Any, versitygw_server: Any, use_storages: Callable[..., None]
) -> Iterator[dict[str, Any]]:
    """Two clusters with what each can; acme has a bucket of its own on the second."""
    names = {name: bucket_name() for name in ("shared", "own", "static", "logs")}
    route = {"acme": {"backend": "us", "bucket": names["own"], "prefix": ""}}
    servers = {
        "eu": entry(minio_server),
        "us": entry(versitygw_server),
        "site": entry(
            minio_server,
            bucket=names["static"],
            public=True,
            private_buckets=[names["logs"]],
            versioning=True,
            lifecycle=RULES,
        ),
    }
    use_storages(
        default=routing(backend="eu", bucket=names["shared"], prefix="t/{tenant}/", routes=route),
        **servers,
    )
    with override_settings(TENANT_MINIO={"TENANTS": f"{__name__}.all_tenants"}):
        yield names
    use_storages(**servers)
    for alias, name in [("us", "own"), *(("eu", name) for name in names if name != "own")]:
        if registry[alias].bucket_exists(names[name]):
            remove_bucket(registry[alias].options, names[name])  # type: ignore[attr-defined]


def client(alias: str) -> Any:
    return raw_client(registry[alias].options)  # type: ignore[attr-defined]


def test_what_is_missing_is_made_and_a_second_run_changes_nothing(buckets: Any) -> None:
    found = states("--all-tenants")
    assert {name: found[bucket]["existence"] for name, bucket in buckets.items()} == dict.fromkeys(
        buckets, "missing"
    )
    assert not client("eu").bucket_exists(bucket_name=buckets["shared"])
    out, fine = run("--all-tenants", "--fix")
    assert fine
    assert "changed" in out
    again = states("--all-tenants", "--fix")
    assert {status for features in again.values() for status in features.values()} == {"ok"}
    assert set(again[buckets["static"]]) == {"existence", "policy", "versioning", "lifecycle"}
    assert set(again[buckets["shared"]]) == {"existence", "policy"}
    assert run("--all-tenants")[1]


def test_drift_is_told_and_mended(buckets: Any) -> None:
    run("--all-tenants", "--fix")
    eu, us = client("eu"), client("us")
    static, logs, own = buckets["static"], buckets["logs"], buckets["own"]
    eu.set_bucket_versioning(bucket_name=static, config=VersioningConfig(SUSPENDED))
    eu.delete_bucket_lifecycle(bucket_name=static)
    eu.set_bucket_policy(bucket_name=static, policy=json.dumps(policy_for(static, "only-here/*")))
    eu.set_bucket_policy(bucket_name=logs, policy=public_policy(logs))
    us.set_bucket_policy(bucket_name=own, policy=public_policy(own))
    found = states("--all-tenants")
    assert found[static] == {
        "existence": "ok",
        "policy": "drift",
        "versioning": "drift",
        "lifecycle": "missing",
    }
    assert (found[logs]["policy"], found[own]["policy"]) == ("drift", "drift")
    assert found[buckets["shared"]] == {"existence": "ok", "policy": "ok"}
    out, fine = run("--all-tenants")
    assert not fine
    assert "lets anyone in" in out
    assert "only-here" in eu.get_bucket_policy(bucket_name=static)
    assert run("--all-tenants", "--fix")[1]
    assert eu.get_bucket_versioning(bucket_name=static).status == "Enabled"
    assert "only-here" not in eu.get_bucket_policy(bucket_name=static)
    for alias, bucket in (("eu", logs), ("us", own)):
        assert registry[alias].get_policy(bucket) == ""
    assert "changed" not in run("--all-tenants", "--fix")[0]


def test_set_up_leaves_what_was_set_otherwise(buckets: Any) -> None:
    """``initialize_buckets`` sets what is not set; only ``check_buckets --fix`` replaces."""
    needs = list(needs_of_storages())
    assert [outcome.status for outcome in initialize(needs)] == ["created", "created"]
    eu, static = client("eu"), buckets["static"]
    assert eu.get_bucket_versioning(bucket_name=static).status == "Enabled"
    assert [rule.rule_id for rule in eu.get_bucket_lifecycle(bucket_name=static).rules] == ["old"]
    assert [outcome.status for outcome in initialize(needs)] == ["ok", "ok"]
    eu.set_bucket_versioning(bucket_name=static, config=VersioningConfig(SUSPENDED))
    eu.delete_bucket_lifecycle(bucket_name=static)
    first, second = initialize(needs)
    assert (first.status, second.status) == ("failed", "ok")
    assert first.changes == (f"set lifecycle rules of {static}",)
    assert "check_buckets --fix" in first.error
    assert eu.get_bucket_versioning(bucket_name=static).status == "Suspended"


def test_the_statements_that_name_somebody_stay(
    cluster: dict[str, Any], use_storages: Callable[..., None], new_bucket: Callable[[str], str]
) -> None:
    """A private bucket loses what lets anyone in, and nothing else."""
    use_storages(eu=cluster)
    bucket = new_bucket("eu")
    use_storages(eu={**cluster, "OPTIONS": {**cluster["OPTIONS"], "bucket": bucket}})
    registry["eu"].make_bucket(bucket)
    policy = policy_for(bucket, "a/*")
    denied = {**policy["Statement"][0], "Effect": "Deny", "Action": ["s3:DeleteObject"]}
    policy["Statement"].append(denied)
    registry["eu"].set_policy(bucket, json.dumps(policy))
    assert check(list(needs_of_storages())).reports[0].status == "drift"
    (report,) = check(list(needs_of_storages()), fix=True).reports
    assert report.status == "changed"
    left = registry["eu"].get_policy(bucket)
    assert "s3:DeleteObject" in left
    assert "s3:GetObject" not in left
    assert check(list(needs_of_storages()), fix=True).reports[0].status == "ok"


@pytest.mark.parametrize(
    ("server", "option", "value", "told"),
    [
        ("minio", "cors", CORS, "MinIO does not support cors"),
        ("versitygw", "lifecycle", RULES, "VERSITYGW does not support lifecycle"),
        ("versitygw", "versioning", True, "VERSITYGW does not support versioning"),
        ("minio", "lifecycle", [{**RULES[0], "abort_uploads_days": 1}], "does not support the res"),
    ],
)
def test_what_a_server_cannot_is_said(
    request: pytest.FixtureRequest,
    use_storages: Callable[..., None],
    new_bucket: Callable[[str], str],
    server: str,
    option: str,
    value: Any,
    told: str,
) -> None:
    running = request.getfixturevalue(f"{server}_server")
    use_storages(eu=entry(running))
    bucket = new_bucket("eu")
    use_storages(eu=entry(running, bucket=bucket, **{option: value}))
    assert not run()[1]
    for _twice in range(2):
        out, fine = run("--fix")
        assert not fine
        assert "unsupported" in out
        assert f"eu:{bucket}" in out
        assert told in out
    (outcome,) = initialize(list(needs_of_storages()))
    assert outcome.status == "failed"


@pytest.mark.parametrize(
    ("server", "option", "value"),
    [("minio", "cors", []), ("versitygw", "lifecycle", []), ("versitygw", "versioning", False)],
)
def test_what_a_server_cannot_it_has_none_of(
    request: pytest.FixtureRequest,
    use_storages: Callable[..., None],
    new_bucket: Callable[[str], str],
    server: str,
    option: str,
    value: Any,
) -> None:
    running = request.getfixturevalue(f"{server}_server")
    use_storages(eu=entry(running))
    use_storages(eu=entry(running, bucket=new_bucket("eu"), **{option: value}))
    assert run()[1]
    assert run("--fix")[1]


def test_cors_where_the_server_has_it(
    versitygw_server: Any, use_storages: Callable[..., None], new_bucket: Callable[[str], str]
) -> None:
    use_storages(eu=entry(versitygw_server))
    bucket = new_bucket("eu")
    for rules in (CORS, [{**CORS[0], "methods": ["GET"]}], []):
        use_storages(eu=entry(versitygw_server, bucket=bucket, cors=rules))
        assert not run()[1]
        assert run("--fix")[1]
        assert run()[1]


def test_a_hook_is_asked_once_for_its_bucket(buckets: Any, use_storages: Any) -> None:
    """Never once for each tenant that shares the bucket."""
    from django.conf import settings

    hook = (buckets["shared"], f"{__name__}.partner_policy")
    options = {**settings.STORAGES["default"]["OPTIONS"], "policy_hooks": [hook], "routes": {}}
    use_storages(**{**settings.STORAGES, "default": routing(**options)})
    calls.clear()
    out = io.StringIO()
    call_command("initialize_buckets", "--all-tenants", "--json", stdout=out)
    changed = [outcome["changes"] for outcome in json.loads(out.getvalue())]
    assert sum("policy_hooks" in str(changes) for changes in changed) == 1
    assert calls == [buckets["shared"]]
    assert "partner/*" in client("eu").get_bucket_policy(bucket_name=buckets["shared"])
    assert run("--all-tenants")[1]
    assert calls == [buckets["shared"]] * 2


@pytest.mark.parametrize("by_hand", [json.dumps, dict])
def test_a_hook_takes_the_place_of_the_default(
    cluster: dict[str, Any],
    use_storages: Callable[..., None],
    new_bucket: Callable[[str], str],
    by_hand: Callable[[Any], Any],
) -> None:
    use_storages(eu=cluster)
    bucket = new_bucket("eu")
    hooks = [(bucket, by_hand(policy_for(bucket, "open/*")))]
    options = {**cluster["OPTIONS"], "private_buckets": [bucket], "policy_hooks": hooks}
    use_storages(eu={**cluster, "OPTIONS": options})
    registry["eu"].make_bucket(bucket)
    assert states("--fix")[bucket]["policy"] == "changed"
    assert states()[bucket]["policy"] == "ok"
    registry["eu"].set_policy(bucket, public_policy(bucket))
    assert states()[bucket]["policy"] == "drift"


WAYS_OF_WRITING: list[Any] = [
    {"Principal": {"AWS": "*"}},
    {"Sid": "named"},
    {"Action": ["s3:PutObject", "s3:GetObject", "s3:GetObject"]},
    {"Condition": {"IpAddress": {"aws:SourceIp": ["10.1.0.0/16", "10.0.0.0/16"]}}},
    {"Effect": "Deny"},
]


@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize("said", WAYS_OF_WRITING)
def test_a_policy_is_the_same_in_the_words_of_a_server(
    cluster: dict[str, Any],
    use_storages: Callable[..., None],
    new_bucket: Callable[[str], str],
    said: dict[str, Any],
    many: bool,
) -> None:
    """MinIO writes down the Principal, lists, order and number of statements in its own way."""
    use_storages(eu=cluster)
    bucket = new_bucket("eu")
    first = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
        **said,
    }
    statements = [first, {**first, "Action": "s3:DeleteObject"}, first] if many else first
    policy = {"Version": "2012-10-17", "Id": "ours", "Statement": statements}
    options = {**cluster["OPTIONS"], "bucket": bucket, "policy_hooks": [(bucket, policy)]}
    use_storages(eu={**cluster, "OPTIONS": options})
    assert states("--fix")[bucket]["policy"] == "changed"
    assert states("--fix")[bucket]["policy"] == "ok"


@pytest.mark.parametrize(
    ("hook", "told"),
    [(no_policy, "is no policy"), (failing, "RuntimeError")],
)
def test_a_hook_that_fails_is_named(
    use_storages: Callable[..., None], hook: Callable[[str], Any], told: str
) -> None:
    options = {"private_buckets": ["logs", "other"], "policy_hooks": [("logs", hook)]}
    use_storages(eu={**MEMORY, "OPTIONS": options})
    out, fine = run("--fix")
    assert not fine
    assert told in out
    assert "'logs'" in out
    assert states()["other"] == {"existence": "ok", "policy": "ok"}


def by_plan(tenant: str) -> Route:
    return Route("eu", "plan-bucket", own_bucket=True)


def test_tenants_whose_locations_overlap_are_told(use_storages: Callable[..., None]) -> None:
    use_storages(default=routing(routers=[by_plan]), eu=MEMORY)
    with override_settings(TENANT_MINIO={"TENANTS": all_tenants}):
        out, fine = run("--all-tenants", "--json")
    assert not fine
    told = json.loads(out)["nowhere"]
    assert [row["tenant"] for row in told] == KEYS
    assert all("shares a location" in row["error"] for row in told)


def test_what_custom_routers_bring_together_is_a_conflict(
    use_storages: Callable[..., None],
) -> None:
    """Two storages of one tenant in one bucket, which no settings tell of."""
    use_storages(
        docs=routing(routers=[by_plan], versioning=True),
        pics=routing(routers=[by_plan], versioning=False),
        eu=MEMORY,
    )
    for mode in ((), ("--fix",)):
        found = states("--tenant", "acme", *mode)["plan-bucket"]
        assert found["versioning"] == "conflict"
    out, _fine = run("--tenant", "acme")
    assert "docs, pics" in out
    assert registry["eu"].get_versioning("plan-bucket") == ""


def test_a_dead_cluster_fails_its_own_buckets_only(
    buckets: Any, minio_server: Any, use_storages: Callable[..., None]
) -> None:
    from django.conf import settings

    dead = entry(minio_server, endpoint="127.0.0.1:1")
    use_storages(**{**settings.STORAGES, "us": dead})
    out, fine = run("--all-tenants", "--fix", "--json", "--workers", "2")
    assert not fine
    found = {row["bucket"]: row for row in json.loads(out)["buckets"]}
    assert found[buckets["own"]]["status"] == "failed"
    assert "us:" in found[buckets["own"]]["features"][0]["error"]
    assert found[buckets["shared"]]["status"] == "changed"
    assert minio_server.secret_key not in out


def test_a_key_that_may_not_see_policies_is_good_for_private_buckets(
    buckets: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault, played: no server at hand has such keys without its admin API."""
    from tenant_minio.exceptions import PermissionDeniedError

    def refuse(bucket: str) -> str:
        raise PermissionDeniedError(bucket)

    run("--all-tenants", "--fix")
    for alias in ("eu", "site"):
        monkeypatch.setattr(registry[alias], "get_policy", refuse)
    found = states("--all-tenants")
    assert found[buckets["shared"]]["policy"] == "ok"
    assert found[buckets["static"]]["policy"] == "failed"


def test_the_table_is_aligned(buckets: Any) -> None:
    out, _fine = run("--all-tenants")
    lines = [line for line in out.splitlines() if not line.startswith("!")]
    assert lines[0].split() == ["STATUS", "BACKEND", "BUCKET", "FEATURE", "DECLARED", "ACTUAL"]
    column = lines[0].index("FEATURE")
    features = {line[column:].split()[0] for line in lines[1:]}
    assert features == {"existence", "policy", "versioning", "lifecycle"}


def test_one_backend_or_one_tenant_only(buckets: Any) -> None:
    assert set(states("--all-tenants", "--backend", "us")) == {buckets["own"]}
    assert set(states("--tenant", "globex")) == {buckets["shared"]}
    assert set(states()) == {buckets["static"], buckets["logs"]}


def test_no_workers_do_no_work() -> None:
    for command in ("check_buckets", "initialize_buckets"):
        with pytest.raises(CommandError, match="above 0"):
            call_command(command, "--workers", "0")


def test_nothing_to_look_at_is_said(use_storages: Callable[..., None]) -> None:
    use_storages(eu=MEMORY)
    assert run() == ("Nothing to do. For tenants, give --tenant KEY or --all-tenants.\n", True)


def test_one_entry_can_be_set_up_alone(buckets: Any) -> None:
    """As a start-up that makes its buckets would do it."""
    outcomes = initialize(list(needs_of_entry("site")))
    assert [outcome.status for outcome in outcomes] == ["created", "created"]
    assert client("eu").bucket_exists(bucket_name=buckets["logs"])
    assert not client("eu").bucket_exists(bucket_name=buckets["shared"])
    assert {need.route.bucket for need in needs_of_entry("default") if need.route} == {
        buckets["shared"],
        buckets["own"],
    }
    assert [need.route.bucket for need in needs_of_entry("us") if need.route] == [buckets["own"]]

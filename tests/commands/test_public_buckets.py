"""Public and private: one policy stands for a whole bucket, and none is changed on a guess."""

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.test import override_settings

from tenant_minio import Route, registry
from tenant_minio.backends.bucket_xml import acl_groups_from_xml
from tenant_minio.backends.s3 import S3Backend
from tenant_minio.buckets import Outcome, check, initialize, needs_of_storages, needs_of_tenants
from tenant_minio.buckets.policy import closed, is_open, public_policy
from tenant_minio.exceptions import InvalidBackendError, TenantMinioError
from tests.conftest import MEMORY, bucket_name, entry, raw_client, remove_bucket


@pytest.fixture(params=["minio_server", "versitygw_server"])
def bucket(
    request: pytest.FixtureRequest, use_storages: Callable[..., None]
) -> Iterator[Callable[..., Outcome]]:
    """Declare a bucket public or private, initialize it, and say what became of it."""
    server = request.getfixturevalue(request.param)
    name = bucket_name()

    def declare(**options: Any) -> Outcome:
        use_storages(plain=entry(server, bucket=name, **options))
        (outcome,) = initialize(list(needs_of_storages()))
        return outcome

    declare.name = name  # type: ignore[attr-defined]
    yield declare
    use_storages(plain=entry(server))
    remove_bucket(registry["plain"].options, name)  # type: ignore[attr-defined]


def anyone_gets(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status == 200
    except urllib.error.HTTPError as error:
        error.close()
        return False


def test_a_private_bucket_stays_private(bucket: Any) -> None:
    assert bucket().status == "created"
    storages["plain"].save("f", ContentFile(b"secret"))
    assert not anyone_gets(storages["plain"].url("f", signed=False))
    assert bucket().status == "ok"


def test_a_bucket_that_was_public_is_not_called_good(bucket: Any) -> None:
    assert bucket(public=True).status == "created"
    storages["plain"].save("f", ContentFile(b"open"))
    assert anyone_gets(storages["plain"].url("f"))
    outcome = bucket()
    assert outcome.status == "failed"
    assert "lets anyone in" in outcome.error


def test_a_policy_of_the_operator_is_left_as_it_is(bucket: Any) -> None:
    bucket()
    client = raw_client(registry["plain"].options)  # type: ignore[attr-defined]
    policy = json.loads(public_policy(bucket.name))
    policy["Statement"][0]["Resource"] = [f"arn:aws:s3:::{bucket.name}/only-here/*"]
    client.set_bucket_policy(bucket_name=bucket.name, policy=json.dumps(policy))
    outcome = bucket(public=True)
    assert outcome.status == "failed"
    assert "a policy of its own" in outcome.error
    assert "only-here" in client.get_bucket_policy(bucket_name=bucket.name)


@pytest.mark.parametrize(
    ("principal", "action", "expected"),
    [
        ("*", "s3:GetObject", True),
        ({"AWS": "*"}, ["s3:ListBucket"], True),
        ({"AWS": ["*"]}, "s3:Get*", True),
        ("*", "*", True),
        ({"AWS": "*"}, "s3:PutObject", True),
        ({"AWS": "arn:aws:iam::123:user/ada"}, "s3:GetObject", False),
        ({"AWS": ["ada", "arn:aws:iam::123:root"], "CanonicalUser": "79a5"}, "s3:Get*", False),
        # MinIO matches these with an empty name: nobody has signed.
        ({"AWS": [""]}, "s3:GetObject", True),
        ({"AWS": ["**"]}, "s3:GetObject", True),
        ({"AWS": ["ada", "?*"]}, "s3:GetObject", True),
        ({"AWS": "?x"}, "s3:GetObject", True),
        ({"AWS": "arn:aws:iam::*:root"}, "s3:GetObject", True),
        ({"aws": ["*"]}, "s3:GetObject", True),
        ([["*"]], "s3:GetObject", True),
    ],
)
def test_who_a_policy_is_open_to(principal: Any, action: Any, expected: bool) -> None:
    for effect in ("Allow", "Deny"):
        statement = {"Effect": effect, "Principal": principal, "Action": action}
        for case in (str, str.lower, str.upper):
            cased = {case(key): value for key, value in statement.items()}
            policy = json.dumps({case("Statement"): cased})
            assert is_open(policy) is (expected and effect == "Allow")
            assert (closed(policy) == "") is is_open(policy)
    assert not is_open("")


@pytest.mark.parametrize(
    "text",
    [
        '{"Statement": [], "statement": [{"Effect": "Allow", "Principal": "*"}]}',
        '{"Statement": [{"Effect": "Allow", "Principal": "*", "principal": {"AWS": "ada"}}]}',
        '{"Statement": [{"Effect": "Allow", "Principal": {"AWS": "*", "AWS": "ada"}}]}',
        '{"Statement": ["*"]}',
        "[]",
        "{",
    ],
)
def test_a_policy_that_servers_read_in_two_ways_is_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"twice|object|Expecting"):
        is_open(text)


def test_who_comes_in_unnamed_is_told_and_locked_out(bucket: Any) -> None:
    """What a server takes for anyone, found out with a request that nobody has signed."""
    bucket()
    storages["plain"].save("f", ContentFile(b"secret"))
    url = storages["plain"].url("f", signed=False)
    backend, found = registry["plain"], []
    for principal in ("*", "**", "***", "?*", "?x", "*?", "", "arn:aws:iam::*", "nobody"):
        for case in (str, str.lower):
            said = {
                case("Effect"): "Allow",
                case("Principal"): {case("AWS"): [principal]},
                case("Action"): ["s3:GetObject"],
                case("Resource"): [f"arn:aws:s3:::{bucket.name}/*"],
            }
            policy = json.dumps({case("Version"): "2012-10-17", case("Statement"): [said]})
            try:
                backend.set_policy(bucket.name, policy)
            except TenantMinioError:  # VersityGW looks whether there is such a user
                continue
            comes_in = anyone_gets(url)
            (report,) = check(list(needs_of_storages())).reports
            if comes_in:
                found.append(principal)
                assert report.status == "drift"
                (report,) = check(list(needs_of_storages()), fix=True).reports
                assert report.status == "changed"
                assert not anyone_gets(url)
    assert found[:2] == ["*", "*"]


def test_an_acl_that_lets_anyone_in_is_told_and_taken_away(
    versitygw_server: Any, use_storages: Callable[..., None], new_bucket: Callable[[str], str]
) -> None:
    use_storages(plain=entry(versitygw_server))
    name = new_bucket("plain")
    use_storages(plain=entry(versitygw_server, bucket=name))
    storages["plain"].save("f", ContentFile(b"secret"))
    url = storages["plain"].url("f", signed=False)
    request = registry["plain"].connection.request  # type: ignore[attr-defined]
    ownership = (
        '<OwnershipControls xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Rule><ObjectOwnership>'
        "BucketOwnerPreferred</ObjectOwnership></Rule></OwnershipControls>"
    )
    request("PUT", name, query={"ownershipControls": ""}, body=ownership.encode())
    request("PUT", name, query={"acl": ""}, headers={"x-amz-acl": "public-read"})
    assert anyone_gets(url)
    (outcome,) = initialize(list(needs_of_storages()))
    assert outcome.status == "failed"
    (report,) = check(list(needs_of_storages())).reports
    assert report.status == "drift"
    assert report.wrong[0].actual == "ACL lets anyone in (all-users)"
    (report,) = check(list(needs_of_storages()), fix=True).reports
    assert report.status == "changed"
    assert not anyone_gets(url)


@pytest.mark.parametrize(
    ("grantee", "expected"),
    [
        ('xsi:type="CanonicalUser"><ID>79a5</ID>', ()),
        ('xsi:type="Group"><URI>http://acs.amazonaws.com/groups/global/AllUsers</URI>', ("All",)),
        ("><URI>http://acs.amazonaws.com/groups/global/AuthenticatedUsers</URI>", ("Auth",)),
        ('xsi:type="Group"><ID>all-users</ID>', ("all-users",)),
    ],
)
def test_the_groups_of_an_acl_as_servers_write_them(
    grantee: str, expected: tuple[str, ...]
) -> None:
    """By AWS's words, and VersityGW's."""
    body = (
        '<AccessControlPolicy xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><AccessControlList>'
        '<Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        f"{grantee}</Grantee><Permission>READ</Permission></Grant>"
        "</AccessControlList></AccessControlPolicy>"
    )
    found = acl_groups_from_xml(body.encode())
    assert len(found) == len(expected)
    assert all(part in group for part, group in zip(expected, found, strict=True))


def mixed(tenant: str) -> Route:
    return Route("eu", "one-for-all", own_bucket=True, public=tenant == "acme")


def files(tenant: str) -> Route:
    return Route("eu", "one-for-all", "files/", own_bucket=True)


def logos(tenant: str) -> Route:
    return Route("twin", "one-for-all", "logos/", own_bucket=True, public=True)


def routing(router: Callable[[str], Route]) -> dict[str, Any]:
    return {"BACKEND": "tenant_minio.RoutingStorage", "OPTIONS": {"routers": [router]}}


@pytest.mark.parametrize("chosen", [["acme", "globex"], ["acme"], ["globex", "acme"]])
def test_no_bucket_is_opened_on_the_word_of_one_of_two(
    minio_server: Any, use_storages: Callable[..., None], chosen: list[str]
) -> None:
    """Whichever tenants are chosen: all that there are have a say."""
    use_storages(default=routing(mixed), eu=entry(minio_server))
    needs = list(needs_of_tenants(chosen))
    with override_settings(TENANT_MINIO={"TENANTS": lambda: iter(["acme", "globex"])}):
        outcomes = initialize(needs)
        comparison = check(needs, fix=True)
    assert {outcome.status for outcome in outcomes} == {"failed"}
    assert "public and private" in outcomes[0].error
    assert [need.tenant for need in comparison.nowhere] == chosen
    assert not registry["eu"].bucket_exists("one-for-all")


def test_a_bucket_that_only_a_router_calls_public_waits_for_the_list_of_tenants(
    use_storages: Callable[..., None],
) -> None:
    use_storages(default=routing(mixed), eu=MEMORY)
    needs = list(needs_of_tenants(["acme"]))
    (outcome,) = initialize(needs)
    assert outcome.status == "failed"
    assert "TENANTS" in outcome.error
    with override_settings(TENANT_MINIO={"TENANTS": lambda: ["acme"]}):
        (outcome,) = initialize(needs)
    assert outcome.status == "created"


def test_two_storages_of_a_tenant_do_not_make_one_bucket_public_and_private(
    minio_server: Any, use_storages: Callable[..., None]
) -> None:
    """Two aliases of one cluster: neither storage is usable, so no command opens the bucket."""
    one, twin = (entry(minio_server, public_url=url) for url in (None, "/files/{bucket}/"))
    use_storages(default=routing(files), logos=routing(logos), eu=one, twin=twin)
    for alias in ("default", "logos"):
        with pytest.raises(InvalidBackendError, match="Keep public files in a bucket"):
            registry.route(alias, "acme")


class TestABucketOfOneNameOnTwoEndpoints:
    """Which may be two names of one cluster, as here."""

    @pytest.fixture
    def entries(
        self, minio_server: Any, use_storages: Callable[..., None]
    ) -> Iterator[dict[str, Any]]:
        """A private location under one name, a public one in the same bucket under the other."""
        name = bucket_name()
        eu, pub = entry(minio_server), entry(minio_server, bucket=name, prefix="p/", public=True)
        host, _, port = eu["OPTIONS"]["endpoint"].partition(":")
        pub["OPTIONS"]["endpoint"] = f"{'localhost' if host == '127.0.0.1' else '127.0.0.1'}:{port}"
        route = {"backend": "eu", "bucket": name, "prefix": "{tenant}/"}
        yield {
            "default": {"BACKEND": "tenant_minio.RoutingStorage", "OPTIONS": route},
            "eu": eu,
            "pub": pub,
        }
        use_storages(eu=eu)
        remove_bucket(registry["eu"].options, name)  # type: ignore[attr-defined]

    def test_a_private_bucket_is_opened_under_no_name(
        self, entries: dict[str, Any], use_storages: Callable[..., None]
    ) -> None:
        use_storages(**entries)
        (private,) = initialize(list(needs_of_tenants(["acme"])))
        assert private.status == "created"
        secret = storages["default"].for_tenant("acme")
        secret.save("f", ContentFile(b"secret"))
        (public,) = initialize(list(needs_of_storages()))
        assert public.status == "failed"
        assert "two names of one cluster" in public.error
        assert "STORAGES['default']" in public.error
        comparison = check(list(needs_of_storages()), fix=True)
        assert [report.status for report in comparison.reports] == ["conflict"]
        assert not anyone_gets(secret.url("f", signed=False))

    def test_not_for_what_a_custom_router_keeps_private_either(
        self, entries: dict[str, Any], use_storages: Callable[..., None], settings: Any
    ) -> None:
        name = entries["pub"]["OPTIONS"]["bucket"]
        routers = [lambda tenant: Route("eu", name if tenant == "acme" else "another")]
        custom = {"BACKEND": "tenant_minio.RoutingStorage", "OPTIONS": {"routers": routers}}
        use_storages(**{**entries, "default": custom})
        for lister in (lambda: ["globex", "acme"], None):
            settings.TENANT_MINIO = {"TENANTS": lister}
            (outcome,) = initialize(list(needs_of_storages()))
            assert outcome.status == "failed"
        assert "TENANT_MINIO['TENANTS']" in outcome.error
        settings.TENANT_MINIO = {"TENANTS": lambda: ["globex"]}
        (outcome,) = initialize(list(needs_of_storages()))
        assert outcome.status == "created"

    def test_one_that_was_opened_by_hand_is_as_declared(
        self, entries: dict[str, Any], use_storages: Callable[..., None]
    ) -> None:
        use_storages(**entries)
        initialize(list(needs_of_storages()))
        name = entries["pub"]["OPTIONS"]["bucket"]
        registry["pub"].set_policy(name, public_policy(name))
        assert [outcome.status for outcome in initialize(list(needs_of_storages()))] == ["ok"]


def test_the_policy_of_a_bucket_that_somebody_else_just_made_is_read(
    bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the question whether there is one and its creation."""
    assert bucket(public=True).status == "created"
    exists = S3Backend.bucket_exists
    answers = iter([False])
    monkeypatch.setattr(S3Backend, "bucket_exists", lambda *args: next(answers, exists(*args)))
    outcome = bucket()
    assert outcome.status == "failed"
    assert "lets anyone in" in outcome.error

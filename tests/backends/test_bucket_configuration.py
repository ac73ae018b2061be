"""What a bucket can be told, on each kind of cluster; what a server cannot is said."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tenant_minio import registry
from tenant_minio.backends.base import Backend
from tenant_minio.backends.bucket_rules import CorsRule, LifecycleRule
from tenant_minio.backends.bucket_xml import cors_from_xml, lifecycle_from_xml, lifecycle_to_xml
from tenant_minio.buckets.policy import public_policy, same_policy
from tenant_minio.exceptions import MissingBucketError, UnsupportedFeatureError
from tests.conftest import bucket_name, entry, raw_client

RULES = (
    LifecycleRule(id="a", prefix="tmp/", expire_days=3),
    LifecycleRule(id="b", expire_days=365, noncurrent_expire_days=4),
)
CORS = (
    CorsRule(
        origins=frozenset({"https://a.example.com", "https://b.example.com"}),
        methods=frozenset({"GET", "PUT"}),
        headers=frozenset({"*"}),
        expose=frozenset({"ETag"}),
        max_age=60,
    ),
    CorsRule(origins=frozenset({"*"}), methods=frozenset({"GET"})),
)


@pytest.fixture
def backend(cluster: dict[str, Any], use_storages: Callable[..., None]) -> Backend:
    use_storages(eu=cluster)
    return registry["eu"]


@pytest.fixture
def supports(request: pytest.FixtureRequest) -> frozenset[str]:
    """What the server at hand knows of buckets."""
    kind = request.node.callspec.params["cluster"]
    return {
        "minio": frozenset({"versioning", "lifecycle"}),
        # Without a folder for versions.
        "versitygw": frozenset({"cors"}),
        "memory": frozenset({"versioning", "lifecycle", "cors"}),
    }[kind]


def test_policies(backend: Backend, new_bucket: Callable[[str], str]) -> None:
    bucket = new_bucket("eu")
    assert backend.get_policy(bucket) == ""
    backend.set_policy(bucket, public_policy(bucket))
    assert same_policy(backend.get_policy(bucket), public_policy(bucket))
    for _twice in range(2):
        backend.delete_policy(bucket)
        assert backend.get_policy(bucket) == ""


@pytest.mark.parametrize(
    ("feature", "values"),
    [("lifecycle", (RULES, RULES[:1], ())), ("cors", (CORS, CORS[1:], ()))],
)
def test_rules_come_back_as_they_were_set(
    backend: Backend,
    new_bucket: Callable[[str], str],
    supports: frozenset[str],
    feature: str,
    values: tuple[Any, ...],
) -> None:
    bucket = new_bucket("eu")
    read, write = getattr(backend, f"get_{feature}"), getattr(backend, f"set_{feature}")
    if feature not in supports:
        server = {"lifecycle": "VERSITYGW", "cors": "MinIO"}[feature]
        with pytest.raises(UnsupportedFeatureError, match=f"eu:{bucket}: {server}.*{feature}"):
            write(bucket, values[0])
        return
    assert read(bucket) == ()
    for rules in (*values, ()):
        write(bucket, rules)
        assert read(bucket) == rules


def test_versioning(
    backend: Backend, new_bucket: Callable[[str], str], supports: frozenset[str]
) -> None:
    bucket = new_bucket("eu")
    assert backend.get_versioning(bucket) == ""
    if "versioning" not in supports:
        with pytest.raises(UnsupportedFeatureError, match=f"eu:{bucket}: VERSITYGW.*versioning"):
            backend.set_versioning(bucket, enabled=True)
        return
    backend.set_versioning(bucket, enabled=True)
    assert backend.get_versioning(bucket) == "Enabled"
    backend.set_versioning(bucket, enabled=False)
    assert backend.get_versioning(bucket) == "Suspended"


@pytest.mark.parametrize("feature", ["policy", "versioning", "lifecycle", "cors"])
def test_a_bucket_that_is_not_there_is_named(backend: Backend, feature: str) -> None:
    bucket = bucket_name()
    with pytest.raises(MissingBucketError, match=f"eu:{bucket}"):
        getattr(backend, f"get_{feature}")(bucket)


def test_what_another_tool_has_set_is_never_taken_for_ours() -> None:
    """A rule that is switched off, or says more than this package can, is another rule."""
    xml = lifecycle_to_xml(RULES[:1])
    assert lifecycle_from_xml(xml) == RULES[:1]
    off = xml.replace(b"<Status>Enabled", b"<Status>Disabled")
    tagged = xml.replace(
        b"<Filter><Prefix>tmp/</Prefix></Filter>",
        b"<Filter><And><Prefix>tmp/</Prefix><Tag><Key>k</Key><Value>v</Value></Tag></And></Filter>",
    )
    moved = xml.replace(
        b"</Rule>",
        b"<Transition><Days>9</Days><StorageClass>COLD</StorageClass></Transition></Rule>",
    )
    for other in (off, tagged, moved):
        assert other != xml
        assert lifecycle_from_xml(other) != RULES[:1]
    assert "COLD" in str(lifecycle_from_xml(moved)[0])


def test_a_prefix_outside_of_a_filter_is_read() -> None:
    """As rules were written before 2016."""
    xml = lifecycle_to_xml(RULES[:1]).replace(
        b"<Filter><Prefix>tmp/</Prefix></Filter>", b"<Prefix>tmp/</Prefix>"
    )
    assert lifecycle_from_xml(xml) == RULES[:1]


def test_what_is_no_xml_is_an_error() -> None:
    for parse in (lifecycle_from_xml, cors_from_xml):
        with pytest.raises(ValueError, match="no XML"):
            parse(b"<html>")


def test_another_client_sees_the_same(
    minio_server: Any, use_storages: Callable[..., None], new_bucket: Callable[[str], str]
) -> None:
    use_storages(eu=entry(minio_server))
    bucket, backend = new_bucket("eu"), registry["eu"]
    client = raw_client(backend.options)  # type: ignore[attr-defined]
    backend.set_lifecycle(bucket, RULES)
    config = client.get_bucket_lifecycle(bucket_name=bucket)
    assert config is not None
    seen = [(rule.rule_id, rule.rule_filter.prefix, rule.expiration.days) for rule in config.rules]
    assert seen == [("a", "tmp/", 3), ("b", "", 365)]
    backend.set_versioning(bucket, enabled=True)
    assert client.get_bucket_versioning(bucket_name=bucket).status == "Enabled"
    backend.set_policy(bucket, public_policy(bucket))
    assert json.loads(client.get_bucket_policy(bucket_name=bucket))["Statement"]

"""Public and private: one policy stands for a whole bucket, and none is changed on a guess."""

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from tenant_minio import Route, registry
from tenant_minio.buckets import Outcome, initialize, needs_of_storages, needs_of_tenants
from tenant_minio.buckets.policy import is_open, public_policy
from tests.conftest import bucket_name, entry, raw_client, remove_bucket


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
    ],
)
def test_who_a_policy_is_open_to(principal: Any, action: Any, expected: bool) -> None:
    for effect in ("Allow", "Deny"):
        statement = {"Effect": effect, "Principal": principal, "Action": action}
        policy = json.dumps({"Statement": statement})
        assert is_open(policy) is (expected and effect == "Allow")
    assert not is_open("")


def mixed(tenant: str) -> Route:
    return Route("eu", "one-for-all", own_bucket=True, public=tenant == "acme")


def test_no_bucket_is_opened_on_the_word_of_one_of_two(
    minio_server: Any, use_storages: Callable[..., None]
) -> None:
    use_storages(
        default={"BACKEND": "tenant_minio.RoutingStorage", "OPTIONS": {"routers": [mixed]}},
        eu=entry(minio_server),
    )
    outcomes = initialize(list(needs_of_tenants(["acme", "globex"])))
    assert [outcome.status for outcome in outcomes] == ["failed", "failed"]
    assert "public and private" in outcomes[0].error
    client = raw_client(registry["eu"].options)  # type: ignore[attr-defined]
    assert not client.bucket_exists(bucket_name="one-for-all")

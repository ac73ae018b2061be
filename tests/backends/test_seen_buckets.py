"""How long a bucket is taken to be there, where a HEAD does not say what is missing."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from minio.credentials import StaticProvider

from tenant_minio import registry
from tenant_minio.backends.connection import SEEN_SECONDS, SeenBuckets
from tenant_minio.exceptions import MissingBucketError, PermissionDeniedError
from tests.backends.answers import MARKED, Answer, answering
from tests.conftest import bucket_name, entry, raw_client


class Clock:
    """Ticks when a test says so."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["minio_server", "versitygw_server"])
def storage(request: pytest.FixtureRequest, use_storages: Callable[..., None], clock: Clock) -> Any:
    """A storage that has just saved a file, in a bucket that the test may delete."""
    server = request.getfixturevalue(request.param)
    use_storages(plain=entry(server, bucket=bucket_name()))
    registry["plain"].make_bucket(registry.plain_route("plain").bucket)
    registry["plain"].connection.seen = SeenBuckets(clock)
    storages["plain"].save("f.txt", ContentFile(b"here"))
    return storages["plain"]


def test_a_deleted_bucket_is_noticed(storage: Any, clock: Clock) -> None:
    backend, bucket = registry["plain"], registry.plain_route("plain").bucket
    storage.delete("f.txt")
    raw_client(backend.options).remove_bucket(bucket_name=bucket)
    clock.now += SEEN_SECONDS
    with pytest.raises(MissingBucketError):
        storage.exists("f.txt")


def test_a_revoked_key_is_noticed(storage: Any, clock: Clock) -> None:
    """VersityGW answers an unknown key with a 404."""
    client = registry["plain"].connection.client
    known, client._provider = client._provider, StaticProvider("revoked0", "whatever00")
    clock.now += SEEN_SECONDS
    with pytest.raises(PermissionDeniedError):
        storage.exists("f.txt")
    client._provider = known
    storage.delete("f.txt")
    raw_client(registry["plain"].options).remove_bucket(
        bucket_name=registry.plain_route("plain").bucket
    )


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [(404, "NoSuchBucket", MissingBucketError), (403, "AccessDenied", PermissionDeniedError)],
)
def test_an_answer_against_the_bucket_ends_its_memory(
    use_storages: Callable[..., None], status: int, code: str, error: type[Exception]
) -> None:
    told = {**MARKED, "Content-Type": "application/xml"}

    def answer(method: str, path: str, headers: Any) -> Answer:
        if method == "HEAD":
            return 404, told, b""
        return status, told, f"<Error><Code>{code}</Code></Error>".encode()

    with answering(answer) as server:
        use_storages(plain=server.storage)
        registry["plain"].connection.seen.add("some-bucket")
        assert storages["plain"].exists("f") is False
        with pytest.raises(error):
            storages["plain"].open("f")
        with pytest.raises(error):
            storages["plain"].exists("f")


def test_the_memory_is_short_and_bounded(clock: Clock) -> None:
    seen = SeenBuckets(clock)
    seen.add("a")
    clock.now += SEEN_SECONDS - 1
    assert "a" in seen
    seen.add("b")
    seen.discard("b")
    assert "b" not in seen
    clock.now += 1
    assert "a" not in seen
    for number in range(5000):
        seen.add(str(number))
    assert "0" not in seen
    assert "4999" in seen

"""Whole listings, and deletion in batches, on each kind of cluster."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tenant_minio import registry
from tenant_minio.backends.base import Stored
from tenant_minio.exceptions import (
    BackendUnavailableError,
    MissingBucketError,
    TenantMinioError,
    UnexpectedResponseError,
)
from tests.conftest import bucket_name, entry
from tests.faults import FaultyProxy

ODD = ["a b", "a+b", "a%20b", "a&b<c>'\"", "é/ü", "e\u0301", "~", "x/y/z", "日本"]


@pytest.fixture
def bucket(
    cluster: dict[str, Any], use_storages: Callable[..., None], new_bucket: Callable[[str], str]
) -> str:
    use_storages(eu=cluster)
    return new_bucket("eu")


def stored(bucket: str, prefix: str = "") -> dict[str, Stored]:
    return {one.key: one for page in registry["eu"].walk(bucket, prefix) for one in page.objects}


def test_a_walk_finds_every_object_below_a_prefix(bucket: str) -> None:
    backend = registry["eu"]
    for number, key in enumerate(ODD):
        backend.put(bucket, f"p/{key}", b"1" * number, {})
    backend.put(bucket, "p-/x", b"1", {})
    found = stored(bucket, "p/")
    assert sorted(found) == sorted(f"p/{key}" for key in ODD)
    for number, key in enumerate(ODD):
        one, info = found[f"p/{key}"], backend.head(bucket, f"p/{key}")
        assert (one.size, one.etag) == (number, info.etag)
        assert one.modified.replace(microsecond=0) == info.modified.replace(microsecond=0)
    (page,) = backend.walk(bucket, "nothing/")
    assert page.objects == ()
    assert abs(page.at - datetime.now(UTC)) < timedelta(minutes=5)


def test_exactly_what_is_named_is_deleted(bucket: str) -> None:
    backend = registry["eu"]
    for key in ODD:
        backend.put(bucket, f"p/{key}", b"1", {})
        backend.put(bucket, f"q/{key}", b"1", {})
    found = stored(bucket)
    going = [one for key, one in found.items() if key.startswith("p/")]
    assert backend.delete_many(bucket, going) == {}
    assert sorted(stored(bucket)) == sorted(f"q/{key}" for key in ODD)
    assert backend.delete_many(bucket, going) == {}  # what is gone is no fault


@pytest.mark.parametrize("server", ["minio_server", "versitygw_server"])
def test_a_missing_bucket_is_an_error_and_not_empty(
    request: pytest.FixtureRequest, use_storages: Callable[..., None], server: str
) -> None:
    use_storages(eu=entry(request.getfixturevalue(server)))
    backend = registry["eu"]
    with pytest.raises(MissingBucketError):
        list(backend.walk(bucket_name(), ""))
    with pytest.raises(MissingBucketError):
        backend.delete_many(bucket_name(), [Stored("a", 1, "e", datetime.now(UTC))])


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch, minio: dict[str, Any], use_storages: Any) -> Any:
    """A server that answers as it is told; stands for what no test server does."""
    from tenant_minio.backends.connection import Connection

    use_storages(eu=minio)

    def give(body: str, **headers: str) -> None:
        found = type("Answer", (), {"data": body.encode(), "headers": headers, "status": 200})
        monkeypatch.setattr(Connection, "request", lambda *_args, **_kwargs: found())

    return give


LISTING = "<ListBucketResult><Name>b</Name>{}</ListBucketResult>"
DATE = "Sat, 21 Nov 2026 14:35:21 GMT"


@pytest.mark.parametrize(
    ("inside", "date"),
    [
        ("", ""),
        ("", "yesterday"),
        ("<Contents><Key>a</Key><Size>1</Size></Contents>", DATE),
        (
            "<Contents><Key>a</Key><LastModified>2026-11-21T14:35:21Z</LastModified></Contents>",
            DATE,
        ),
        ("<IsTruncated>true</IsTruncated>", DATE),
        ("<Contents>", DATE),
    ],
)
def test_a_listing_that_does_not_say_all_is_an_error(answer: Any, inside: str, date: str) -> None:
    answer(LISTING.format(inside), Date=date)
    with pytest.raises(UnexpectedResponseError):
        list(registry["eu"].walk("bucket", ""))


def test_why_an_object_is_left_is_told(answer: Any) -> None:
    error = "<Error><Key>b</Key><Code>AccessDenied</Code><Message>no</Message></Error>"
    answer(f"<DeleteResult><Deleted><Key>a</Key></Deleted>{error}</DeleteResult>")
    objects = [Stored(key, 1, "e", datetime.now(UTC)) for key in "ab"]
    assert registry["eu"].delete_many("bucket", objects) == {"b": "AccessDenied: no"}


@pytest.mark.parametrize("body", ["", "<html></html>", "<Error><Code>Odd</Code></Error>"])
def test_an_answer_that_is_no_result_is_an_error(answer: Any, body: str) -> None:
    answer(body)
    with pytest.raises(TenantMinioError, match="eu:bucket"):
        registry["eu"].delete_many("bucket", [Stored("a", 1, "e", datetime.now(UTC))])


@pytest.fixture
def proxy(minio_server: Any) -> Iterator[FaultyProxy]:
    """Stands first among a test's fixtures, so that it closes after the buckets are removed."""
    proxy = FaultyProxy(minio_server.endpoint)
    yield proxy
    proxy.close()


def test_a_deletion_is_not_sent_twice(
    proxy: FaultyProxy,
    minio_server: Any,
    use_storages: Callable[..., None],
    new_bucket: Callable[[str], str],
) -> None:
    """An object stored under the name between the two would be deleted."""
    use_storages(eu=entry(minio_server, endpoint=proxy.endpoint))
    bucket = new_bucket("eu")
    registry["eu"].put(bucket, "a", b"1", {})
    proxy.fault = lambda head: "lose answer" if head.startswith("POST") else None
    with pytest.raises(BackendUnavailableError):
        registry["eu"].delete_many(bucket, [Stored("a", 1, "e", datetime.now(UTC))])
    assert sum(head.startswith("POST") for head in proxy.heads) == 1
    assert stored(bucket) == {}

"""A success is only what S3 says is one: a web page with status 200 stores and deletes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from tenant_minio import registry
from tenant_minio.backends.write_options import MIN_PART
from tenant_minio.exceptions import (
    BackendUnavailableError,
    TenantMinioError,
    UnexpectedResponseError,
    WriteOutcomeUnknownError,
)
from tests.conftest import entry
from tests.faults import FaultyProxy

from .answers import Answer, answering

PAGE = b"<html><p>We are back soon & well</html>"
LARGE = b"x" * (MIN_PART + 1)
NAMESPACE = b'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'


def ok(body: bytes, kind: bytes = b"application/xml") -> bytes:
    head = b"HTTP/1.1 200 OK\r\nx-amz-request-id: 1\r\nContent-Type: %b\r\nContent-Length: %d"
    return head % (kind, len(body)) + b"\r\n\r\n" + body


# What may come with a completion's 200.
FAILED = {
    "error": b"<Error><Code>InternalError</Code></Error>",
    "error of a namespace": b"<?xml version='1.0'?><Error %b><Code>A</Code></Error>" % NAMESPACE,
    "error with a space": b"<Error ><Code>InternalError</Code></Error>",
    "error without a code": b"<Error/>",
    "nothing": b"",
    "spaces": b"   \n  ",
    "cut": b"<?xml version='1.0'?><CompleteMultipartUploadResult><Loc",
    "page": PAGE,
    "result without an ETag": b"<CompleteMultipartUploadResult/>",
    "unknown encoding": b"<?xml version='1.0' encoding='foo'?><Error/>",
    "foreign encoding": b"<?xml version='1.0' encoding='latin-1'?><Error><Code>\xff</Code></Error>",
}


@pytest.fixture
def proxy(minio_server: Any) -> Iterator[FaultyProxy]:
    made = FaultyProxy(minio_server.endpoint)
    yield made
    made.close()


@pytest.fixture
def storage(
    minio_server: Any,
    proxy: FaultyProxy,
    use_storages: Callable[..., None],
    new_bucket: Callable[[str], str],
) -> Any:
    use_storages(plain=entry(minio_server))
    options = {
        "bucket": new_bucket("plain"),
        "endpoint": proxy.endpoint,
        "multipart_threshold": MIN_PART,
        "part_size": MIN_PART,
    }
    use_storages(plain=entry(minio_server, **options))
    return storages["plain"]


def says(proxy: FaultyProxy, method: str, query: str, answer: bytes, count: int = 99) -> None:
    """Have such requests answered so, a number of times, by one that is not the server."""
    left = [count]

    def fault(head: str) -> bytes | None:
        if head.startswith(method) and query in head.partition("\r\n")[0] and left[0]:
            left[0] -= 1
            return answer
        return None

    proxy.fault = fault


@pytest.mark.parametrize("body", FAILED.values(), ids=FAILED)
def test_a_completion_that_failed_is_no_success(
    storage: Any, proxy: FaultyProxy, body: bytes
) -> None:
    says(proxy, "POST", "uploadId=", ok(body))
    with pytest.raises(BackendUnavailableError, match=r"plain:.*'f'"):
        storage.save("f", ContentFile(LARGE))
    proxy.fault = lambda _head: None
    assert not storage.exists("f")


@pytest.mark.parametrize("body", FAILED.values(), ids=FAILED)
def test_a_completion_that_failed_once_is_made_again(
    storage: Any, proxy: FaultyProxy, body: bytes
) -> None:
    says(proxy, "POST", "uploadId=", ok(body), 1)
    assert storage.save("f", ContentFile(LARGE)) == "f"
    assert storage.open("f").read() == LARGE


@pytest.mark.parametrize("data", [b"small", LARGE], ids=["small", "large"])
def test_a_write_whose_answer_a_proxy_has_lost_is_found(
    storage: Any, proxy: FaultyProxy, data: bytes
) -> None:
    """The server has carried it out: the write token tells."""
    proxy.carries_out = True
    method, query = ("PUT", "") if data == b"small" else ("POST", "uploadId=")
    says(proxy, method, query, ok(PAGE, b"text/html"), 1)
    assert storage.save("f", ContentFile(data)) == "f"
    assert storage.open("f").read() == data
    assert sum(head.startswith(method) and query in head for head in proxy.heads) == 1


def test_a_page_in_place_of_a_put_is_no_success(storage: Any, proxy: FaultyProxy) -> None:
    says(proxy, "PUT", "", ok(PAGE, b"text/html"))
    with pytest.raises(BackendUnavailableError, match=r"ETag.*'f'"):
        storage.save("f", ContentFile(b"1"))
    says(proxy, "PUT", "", ok(PAGE, b"text/html"), 1)
    assert storage.save("f", ContentFile(b"1")) == "f"
    assert storage.open("f").read() == b"1"


def test_a_page_in_place_of_a_part_is_no_success(storage: Any, proxy: FaultyProxy) -> None:
    says(proxy, "PUT", "partNumber=", ok(PAGE, b"text/html"))
    with pytest.raises(BackendUnavailableError, match=r"ETag.*'f'"):
        storage.save("f", ContentFile(LARGE))
    says(proxy, "PUT", "partNumber=", ok(PAGE, b"text/html"), 1)
    assert storage.save("f", ContentFile(LARGE)) == "f"
    assert storage.open("f").read() == LARGE


@pytest.mark.parametrize("body", FAILED.values(), ids=FAILED)
def test_a_copy_that_failed_is_no_success(storage: Any, proxy: FaultyProxy, body: bytes) -> None:
    storage.save("f", ContentFile(b"1"))
    backend, bucket = registry["plain"], storage.locate().route.bucket
    etag = backend.head(bucket, "f").etag
    says(proxy, "PUT", "", ok(body))
    with pytest.raises(BackendUnavailableError, match=rf"plain:{bucket}/copy"):
        backend.copy(bucket, "f", "copy", etag=etag, headers={})
    upload = backend.create_upload(bucket, "copy", {})
    with pytest.raises(BackendUnavailableError, match=rf"plain:{bucket}/copy"):
        backend.copy_part(bucket, "f", "copy", upload, 1, etag=etag, extent=None)
    backend.abort_upload(bucket, "copy", upload)


@pytest.mark.parametrize("body", [PAGE, b"", b"<a/>", FAILED["unknown encoding"]])
def test_an_upload_without_an_id_is_not_begun(
    storage: Any, proxy: FaultyProxy, body: bytes
) -> None:
    says(proxy, "POST", "uploads=", ok(body))
    with pytest.raises(UnexpectedResponseError, match=r"plain:.*'f'"):
        storage.save("f", ContentFile(LARGE))
    # So does the proof of a feature, which begins one.
    backend, bucket = registry["plain"], storage.locate().route.bucket
    with pytest.raises(UnexpectedResponseError, match="plain:"):
        backend.put(bucket, "f", b"1", {"x-amz-sdk-checksum-algorithm": "CRC32"})


PAGES: dict[str, Answer] = {
    "page": (200, {"Content-Type": "text/html"}, PAGE),
    "XML": (200, {"Content-Type": "application/xml"}, b"<Welcome/>"),
    "unknown encoding": (200, {}, FAILED["unknown encoding"]),
    "empty": (200, {}, b""),
}


@pytest.fixture(params=PAGES.values(), ids=PAGES)
def web_server(request: pytest.FixtureRequest, use_storages: Callable[..., None]) -> Iterator[Any]:
    """One that gives everybody the same page."""
    with answering(lambda *_asked: request.param) as server:
        use_storages(plain=server.storage)
        yield storages["plain"]


CALLS: dict[str, Callable[[Any], object]] = {
    "exists": lambda storage: storage.exists("f"),
    "size": lambda storage: storage.size("f"),
    "stat": lambda storage: storage.stat("f"),
    "open": lambda storage: storage.open("f").read(),
    "open_range": lambda storage: storage.locate().get_range("f", None),
    "save": lambda storage: storage.save("f", ContentFile(b"1")),
    "replace": lambda storage: storage._save("f", ContentFile(b"1")),
    "save large": lambda storage: storage.save("f", ContentFile(LARGE * 2)),
    "delete": lambda storage: storage.delete("f"),
    "abort": lambda storage: storage.locate().abort_upload("f", "id"),
    "listdir": lambda storage: storage.listdir(""),
    "walk": lambda _storage: list(registry["plain"].walk("some-bucket", "")),
    "delete many": lambda _storage: registry["plain"].delete_many("some-bucket", []),
    "uploads": lambda _storage: list(registry["plain"].open_uploads("some-bucket")),
    "parts": lambda _storage: registry["plain"].sent_parts("some-bucket", "f", "id"),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_no_web_server_is_taken_for_a_cluster(
    web_server: Any, call: Callable[[Any], object]
) -> None:
    with pytest.raises(TenantMinioError) as caught:
        call(web_server)
    assert "plain:some-bucket" in str(caught.value)
    assert not isinstance(caught.value, FileNotFoundError | FileExistsError)


def test_a_write_to_a_web_server_has_an_unknown_outcome(web_server: Any) -> None:
    """Neither its answer nor that to the question after it is one of S3."""
    with pytest.raises(WriteOutcomeUnknownError):
        web_server.save("f", ContentFile(b"1"))


def test_a_deletion_that_names_no_key_is_not_understood(use_storages: Callable[..., None]) -> None:
    body = b"<DeleteResult><Error><Code>AccessDenied</Code></Error></DeleteResult>"
    with answering(lambda *_asked: (200, {}, body)) as server:
        use_storages(plain=server.storage)
        with pytest.raises(UnexpectedResponseError, match="no Key"):
            registry["plain"].delete_many("some-bucket", [])


UNREADABLE = [b"<Error><Co", b"\xff\xfe", FAILED["unknown encoding"]]


@pytest.mark.parametrize("body", UNREADABLE)
def test_an_error_whose_body_cannot_be_read_keeps_its_status(
    use_storages: Callable[..., None], body: bytes
) -> None:
    with answering(lambda *_asked: (503, {"Content-Type": "application/xml"}, body)) as server:
        use_storages(plain=server.storage)
        with pytest.raises(BackendUnavailableError, match="503"):
            storages["plain"].delete("f")


def test_a_configuration_in_an_unknown_encoding_is_not_understood(
    use_storages: Callable[..., None],
) -> None:
    with answering(lambda *_asked: PAGES["unknown encoding"]) as server:
        use_storages(plain=server.storage)
        with pytest.raises(UnexpectedResponseError, match="encoding"):
            registry["plain"].get_lifecycle("some-bucket")

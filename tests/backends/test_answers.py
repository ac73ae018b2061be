"""What is read is what is stored, and an answer that is not what was asked for is an error."""

import gzip
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
import urllib3
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from tenant_minio import registry
from tenant_minio.exceptions import (
    BackendUnavailableError,
    ObjectChangedError,
    UnexpectedResponseError,
)
from tests.backends.answers import MARKED, Answer, answering
from tests.conftest import entry

DATA = bytes(range(256)) * 4096  # four windows
ETAG = {"ETag": '"one"', "Last-Modified": "Sat, 21 Nov 2026 11:00:00 GMT"}


@pytest.mark.parametrize("server", ["minio_server", "versitygw_server"])
@pytest.mark.parametrize(
    "stored",
    [
        gzip.compress(b"hello world " * 1000),
        gzip.compress(DATA[:1] + bytes(30 * 1024 * 1024)),
        gzip.compress(b"".join(i.to_bytes(4) for i in range(400_000))),
        b"no gzip at all",
    ],
    ids=["small", "bomb", "several windows", "mislabelled"],
)
def test_a_content_encoding_is_not_undone(
    request: pytest.FixtureRequest,
    server: str,
    stored: bytes,
    use_storages: Callable[..., None],
    new_bucket: Callable[[str], str],
) -> None:
    """Another tool stored it so: its size and bytes are what the cluster says they are."""
    use_storages(plain=entry(request.getfixturevalue(server)))
    bucket = new_bucket("plain")
    use_storages(plain=entry(request.getfixturevalue(server), bucket=bucket))
    registry["plain"].put(bucket, "f", stored, {"Content-Encoding": "gzip"})
    with storages["plain"].open("f") as file:
        assert file.size == len(stored)
        assert file.read() == stored
    assert storages["plain"].size("f") == len(stored)


def test_small_files_share_one_connection(use_storages: Callable[..., None]) -> None:
    def answer(method: str, path: str, headers: Any) -> Answer:
        return 206, {**ETAG, "Content-Range": "bytes 0-6/7"}, b"content"

    with answering(answer) as server:
        use_storages(plain=server.storage)
        for _ in range(3):
            assert storages["plain"].open("f").read() == b"content"
        assert (len(server.seen), server.connections) == (3, 1)


def ranged(data: bytes, start: int, end: int, **headers: str) -> Answer:
    told = {**ETAG, "Content-Range": f"bytes {start}-{end - 1}/{len(data)}", **headers}
    return 206, told, data[start:end]


def asked_range(headers: Any) -> tuple[int, int]:
    first, _, last = headers["Range"].removeprefix("bytes=").partition("-")
    return int(first), min(int(last or len(DATA)) + 1, len(DATA))


def honest(headers: Any) -> Answer:
    return ranged(DATA, *asked_range(headers))


FALSE_ANSWERS = {
    "range ignored": lambda _start: (200, ETAG, DATA),
    "another range": lambda start: ranged(DATA, start - 1, len(DATA)),
    "no range told": lambda start: (206, ETAG, DATA[start:]),
    "no total": lambda start: (206, {**ETAG, "Content-Range": f"bytes {start}-9/*"}, DATA),
    "beyond the total": lambda start: (206, {**ETAG, "Content-Range": f"bytes {start}-9/5"}, DATA),
    "no content": lambda _start: (204, ETAG, b""),
    "no date": lambda start: ranged(DATA, start, len(DATA), **{"Last-Modified": "tomorrow"}),
}


@pytest.mark.parametrize("false", FALSE_ANSWERS.values(), ids=FALSE_ANSWERS)
@pytest.mark.parametrize("position", [700_000, 256 * 1024], ids=["window", "rest"])
def test_other_bytes_than_those_asked_for_are_refused(
    use_storages: Callable[..., None], false: Callable[[int], Answer], position: int
) -> None:
    def answer(method: str, path: str, headers: Any) -> Answer:
        start, _end = asked_range(headers)
        return honest(headers) if start == 0 else false(start)

    with answering(answer) as server:
        use_storages(plain=server.storage)
        with storages["plain"].open("f") as file:
            file.seek(position)
            with pytest.raises(UnexpectedResponseError, match="plain:some-bucket/f"):
                file.read(8)


@pytest.mark.parametrize("position", [700_000, 256 * 1024], ids=["window", "rest"])
def test_another_etag_than_the_pinned_one_is_a_changed_file(
    use_storages: Callable[..., None], position: int
) -> None:
    """From a server that does not know If-Match."""

    def answer(method: str, path: str, headers: Any) -> Answer:
        start, end = asked_range(headers)
        return ranged(DATA, start, end, ETag='"two"' if start else '"one"')

    with answering(answer) as server:
        use_storages(plain=server.storage)
        with storages["plain"].open("f") as file:
            file.seek(position)
            with pytest.raises(ObjectChangedError):
                file.read(8)


def test_a_file_that_has_become_shorter_is_a_changed_file(
    use_storages: Callable[..., None],
) -> None:
    """From a server that does not know If-Match."""

    def answer(method: str, path: str, headers: Any) -> Answer:
        return honest(headers) if asked_range(headers)[0] == 0 else (416, MARKED, b"")

    with answering(answer) as server:
        use_storages(plain=server.storage)
        with storages["plain"].open("f") as file:
            file.seek(256 * 1024)
            with pytest.raises(ObjectChangedError):
                file.read(8)


@pytest.mark.parametrize("breaks", [1, 2])
def test_a_window_that_breaks_off_is_fetched_once_more(
    use_storages: Callable[..., None], breaks: int
) -> None:
    def answer(method: str, path: str, headers: Any) -> Answer:
        status, told, body = ranged(b"content", 0, 7)
        if len(server.seen) > breaks:
            return status, told, body
        return status, {**told, "Content-Length": "7", "Connection": "close"}, body[:3]

    with answering(answer) as server:
        use_storages(plain=server.storage)
        if breaks == 1:
            assert storages["plain"].open("f").read() == b"content"
        else:
            with pytest.raises(BackendUnavailableError):
                storages["plain"].open("f")
        assert len(server.seen) == 2


def test_a_head_that_the_body_of_a_get_contradicts_is_an_error(
    use_storages: Callable[..., None],
) -> None:
    def answer(method: str, path: str, headers: Any) -> Answer:
        return (404, {}, b"") if method == "HEAD" else ranged(DATA, 0, 1)

    pool = urllib3.PoolManager(maxsize=1, block=True, retries=False)
    with answering(answer) as server:
        given = server.storage
        given["OPTIONS"]["http_client"] = pool
        use_storages(plain=given)
        for _ in range(3):  # a connection that is kept back would end them
            with pytest.raises(UnexpectedResponseError, match="HEAD"):
                storages["plain"].exists("f")
            registry["plain"].health()


def test_a_server_without_ranges_costs_bounded_memory(use_storages: Callable[..., None]) -> None:
    data = bytes(64 * 1024 * 1024)
    with answering(lambda *_asked: (200, ETAG, data)) as server:
        use_storages(plain=server.storage)
        tracemalloc.start()
        try:
            with storages["plain"].open("f") as file:
                assert (file.size, file.read(5)) == (len(data), bytes(5))
            assert tracemalloc.get_traced_memory()[1] < 4 * 1024 * 1024
        finally:
            tracemalloc.stop()


def test_a_server_without_ranges_serves_small_files(use_storages: Callable[..., None]) -> None:
    with answering(lambda *_asked: (200, ETAG, b"content")) as server:
        use_storages(plain=server.storage)
        assert storages["plain"].open("f").read() == b"content"


@pytest.mark.parametrize("length", ["", "many"])
def test_a_size_that_is_not_told_is_an_error(
    use_storages: Callable[..., None], length: str
) -> None:
    with answering(lambda *_asked: (200, {**ETAG, "Content-Length": length}, b"1")) as server:
        use_storages(plain=server.storage)
        for call in (storages["plain"].open, storages["plain"].size):
            with pytest.raises(UnexpectedResponseError, match="Content-Length"):
                call("f")


def test_a_window_that_ends_early_is_no_file(use_storages: Callable[..., None]) -> None:
    """Without a Content-Length, the end of the connection looks like the end of the window."""
    told = {**ETAG, "Content-Range": "bytes 0-99/100", "Content-Length": ""}
    with answering(lambda *_asked: (206, told, b"only this")) as server:
        use_storages(plain=server.storage)
        with pytest.raises(UnexpectedResponseError, match="too short"):
            storages["plain"].open("f")


def test_a_404_that_no_s3_server_sent_is_no_missing_file(use_storages: Callable[..., None]) -> None:
    """An ingress answers it while the cluster is away, however lately the bucket was seen."""
    with answering(lambda *_asked: (404, {"Content-Type": "text/html"}, b"<html>")) as server:
        use_storages(plain=server.storage)
        registry["plain"].connection.seen.add("some-bucket")
        with pytest.raises(UnexpectedResponseError, match="plain:some-bucket"):
            storages["plain"].exists("f")


def test_a_404_without_a_mark_is_believed_once_it_is_said_in_words(
    use_storages: Callable[..., None],
) -> None:
    """From an S3 server that numbers no requests."""
    body = b"<Error><Code>NoSuchKey</Code></Error>"
    with answering(lambda *_asked: (404, {"Content-Type": "application/xml"}, body)) as server:
        use_storages(plain=server.storage)
        assert storages["plain"].exists("f") is False
        assert server.seen == ["HEAD /some-bucket/f", "GET /some-bucket/f"]


def test_a_conflict_of_two_writes_is_tried_again(use_storages: Callable[..., None]) -> None:
    """AWS's 409, where another conditional write to the key was on its way at the same time."""
    puts: list[str] = []

    def answer(method: str, path: str, headers: Any) -> Answer:
        told = {**MARKED, "Content-Type": "application/xml"}
        if method == "HEAD":
            return (200 if path == "/some-bucket" else 404), told, b""
        puts.append(path)
        if len(puts) == 1:
            return 409, told, b"<Error><Code>ConditionalRequestConflict</Code></Error>"
        return 200, {**MARKED, **ETAG}, b""

    with answering(answer) as server:
        use_storages(plain=server.storage)
        assert storages["plain"].save("f", ContentFile(b"1")) == "f"
        assert len(puts) == 2


@pytest.mark.parametrize("kind", ["text/html", "application/xml"])
def test_a_foreign_body_is_not_repeated_at_length(
    use_storages: Callable[..., None], kind: str
) -> None:
    word = "x" * 10_000
    body = f"<Error><Code>{word}</Code><Message>{word}</Message></Error>".encode()
    for status, error in ((418, UnexpectedResponseError), (503, BackendUnavailableError)):
        with answering(lambda *_a, s=status: (s, {"Content-Type": kind}, body)) as server:
            use_storages(plain=server.storage)
            with pytest.raises(error) as caught:
                storages["plain"].open("f")
            assert len(str(caught.value)) < 1000

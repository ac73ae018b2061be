"""A part of a file is one request, of one version, as long as it lasts."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from tenant_minio import use_tenant
from tenant_minio.backends.base import ByteRange
from tenant_minio.exceptions import (
    BackendUnavailableError,
    NoTenantError,
    ObjectChangedError,
    ObjectNotFoundError,
    UnsafeNameError,
)
from tests.conftest import entry
from tests.faults import FaultyProxy

DATA = bytes(range(256)) * 2000


def read(opened: Any) -> bytes:
    with opened:
        return b"".join(iter(lambda: opened.read(70_000), b""))


@pytest.mark.parametrize(
    ("wanted", "start", "end"),
    [
        (None, 0, 512_000),
        (ByteRange(0, 0), 0, 1),
        (ByteRange(5, 99), 5, 100),
        (ByteRange(511_999, None), 511_999, 512_000),
        (ByteRange(511_000, 10**15), 511_000, 512_000),
        (ByteRange(None, 500), 511_500, 512_000),
        (ByteRange(None, 10**15), 0, 512_000),
        (ByteRange(512_000, None), 512_000, 512_000),
        (ByteRange(10**12, 10**13), 512_000, 512_000),
        (ByteRange(None, 0), 512_000, 512_000),
    ],
)
def test_a_part_is_exactly_what_was_wanted(
    plain: Any, wanted: ByteRange | None, start: int, end: int
) -> None:
    name = plain.save("a.bin", ContentFile(DATA))
    opened = plain.open_range(name, wanted)
    assert (opened.start, opened.end) == (start, end)
    assert (opened.stat.size, opened.stat.name) == (512_000, name)
    assert opened.stat.etag == plain.stat(name).etag
    assert opened.stat.modified == plain.stat(name).modified
    assert read(opened) == DATA[start:end]


@pytest.mark.parametrize("wanted", [None, ByteRange(0, None), ByteRange(None, 5), ByteRange(3, 4)])
def test_an_empty_file_has_no_part(plain: Any, wanted: ByteRange | None) -> None:
    plain.save("empty", ContentFile(b""))
    opened = plain.open_range("empty", wanted)
    assert (opened.start, opened.end, opened.stat.size) == (0, 0, 0)
    assert read(opened) == b""


def test_headers_that_the_file_is_stored_with_are_told(plain: Any) -> None:
    moved = plain.at(plain.locate().with_headers({"content-encoding": "gzip"}))
    moved.save("a.txt", ContentFile(b"zipped"))
    with plain.open_range("a.txt") as opened:
        assert opened.stat.headers["content-encoding"] == "gzip"
        assert opened.read(100) == b"zipped"


def test_missing_file_is_not_found_and_an_unsafe_name_is_refused(plain: Any) -> None:
    with pytest.raises(ObjectNotFoundError):
        plain.open_range("nothing", ByteRange(0, 10))
    with pytest.raises(UnsafeNameError):
        plain.open_range("../other/a.bin")


def test_range_of_another_tenant_is_not_there(routed: Any) -> None:
    with use_tenant("acme"):
        routed.save("a.txt", ContentFile(b"acme's"))
        opened = routed.open_range("a.txt", ByteRange(1, None))
    with use_tenant("globex"):
        with pytest.raises(ObjectNotFoundError):
            routed.open_range("a.txt")
        # What was opened keeps its place.
        assert read(opened) == b"cme's"
    with pytest.raises(NoTenantError):
        routed.open_range("a.txt")


@pytest.fixture(params=["minio", "versitygw"])
def proxied(
    request: pytest.FixtureRequest,
    use_storages: Callable[..., None],
    new_bucket: Callable[[str], str],
) -> Iterator[tuple[Any, FaultyProxy]]:
    """A storage behind a proxy that sees each request."""
    server = request.getfixturevalue(f"{request.param}_server")
    proxy = FaultyProxy(server.endpoint)
    use_storages(plain=entry(server))
    bucket = new_bucket("plain")
    use_storages(plain=entry(server, bucket=bucket, endpoint=proxy.endpoint, retries=0))
    storages["plain"].save("a.bin", ContentFile(DATA))
    proxy.heads.clear()
    yield storages["plain"], proxy
    proxy.close()


@pytest.mark.parametrize("wanted", [None, ByteRange(1000, 400_000), ByteRange(None, 400_000)])
def test_one_request_for_all_of_a_part(
    proxied: tuple[Any, FaultyProxy], wanted: ByteRange | None
) -> None:
    storage, proxy = proxied
    read(storage.open_range("a.bin", wanted))
    assert [head.partition(" ")[0] for head in proxy.heads] == ["GET"]


def test_a_part_that_breaks_off_is_read_on_where_it_broke(
    proxied: tuple[Any, FaultyProxy],
) -> None:
    storage, proxy = proxied
    fates = ["cut"]
    proxy.fault = lambda _head: fates.pop() if fates else None
    assert read(storage.open_range("a.bin", ByteRange(1000, 500_000))) == DATA[1000:500_001]
    assert len(proxy.heads) == 2


def test_a_part_that_breaks_off_again_and_again_is_an_error(
    proxied: tuple[Any, FaultyProxy],
) -> None:
    storage, proxy = proxied
    proxy.fault = lambda _head: "cut" if len(proxy.heads) == 1 else "lose answer"
    opened = storage.open_range("a.bin")
    with pytest.raises(BackendUnavailableError):
        read(opened)
    assert len(proxy.heads) == 2


def test_a_file_that_is_replaced_meanwhile_is_never_mixed(
    proxied: tuple[Any, FaultyProxy],
) -> None:
    storage, proxy = proxied
    fates = ["cut"]
    proxy.fault = lambda _head: fates.pop() if fates else None
    opened = storage.open_range("a.bin", None)
    first = opened.read(1000)
    with storage.open("a.bin", "wb") as file:
        file.write(bytes(len(DATA)))
    with pytest.raises(ObjectChangedError):
        read(opened)
    assert first == DATA[:1000]

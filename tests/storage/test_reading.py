"""A file read in any way gives what a file in memory gives, in no more requests than it takes."""

import io
import random
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from hypothesis import given, settings
from hypothesis import strategies as st

from tenant_minio import Route
from tenant_minio.backends.base import ObjectInfo
from tenant_minio.backends.memory import MemoryBackend
from tenant_minio.storage.files import ObjectFile
from tenant_minio.storage.location import Location
from tenant_minio.storage.reader import WINDOW_SIZE
from tests.conftest import DEFAULTS, entry
from tests.faults import FaultyProxy

BUFFER = 64 * 1024
SIZE = 3 * WINDOW_SIZE + 321
# Lines of all lengths, some longer than the buffer.
DATA = bytes(random.Random(4).choices(b"\nabcdefgh", [1, *[9000] * 8], k=SIZE))

EDGES = [0, 1, BUFFER, WINDOW_SIZE, 2 * WINDOW_SIZE, SIZE]
SIZES = st.integers(0, 3000) | st.builds(
    lambda edge, beside: max(0, edge + beside), st.sampled_from(EDGES), st.integers(-2, 2)
)


def in_memory(backend: MemoryBackend) -> Location:
    """The bucket that a test fills itself."""
    return Location(backend, Route("memory", "bucket"), None, DEFAULTS)


STEPS = st.one_of(
    st.tuples(st.just("read"), SIZES),
    st.tuples(st.just("read"), st.sampled_from([-1, None])),
    st.tuples(st.just("readinto"), SIZES),
    st.tuples(st.just("read1"), SIZES),
    st.tuples(st.just("peek"), st.just(1)),
    st.tuples(st.just("readline"), st.just(-1)),
    # Not after each step: asking the buffer where it is also tells it.
    st.tuples(st.just("tell")),
    st.tuples(st.just("seek"), SIZES, st.just(io.SEEK_SET)),
    st.tuples(st.just("seek"), st.integers(-3000, 3000), st.just(io.SEEK_CUR)),
    st.tuples(st.just("seek"), SIZES.map(lambda size: -size), st.just(io.SEEK_END)),
)


@settings(deadline=None)  # no test is about time
@given(steps=st.lists(STEPS, max_size=30))
def test_reading_in_any_way_gives_the_same_bytes(steps: list[Any]) -> None:
    backend = MemoryBackend("memory")
    backend.put("bucket", "f", DATA, {})
    expected = io.BytesIO(DATA)
    with ObjectFile(in_memory(backend), "f", "rb") as file:
        for what, *arguments in steps:
            if what == "seek":
                offset, whence = arguments
                base = {io.SEEK_SET: 0, io.SEEK_CUR: expected.tell(), io.SEEK_END: SIZE}[whence]
                if base + offset >= 0:
                    assert file.seek(offset, whence) == expected.seek(base + offset)
            elif what == "readinto":
                buffer = bytearray(arguments[0])
                found = bytes(buffer[: file.readinto(buffer)])
                assert found == expected.read(arguments[0])
            elif what in {"read1", "peek"}:
                # As many as are at hand, at least one.
                found = getattr(file.file, what)(*arguments)
                same = expected.getvalue()[expected.tell() : expected.tell() + len(found)]
                assert found == same
                assert found or not arguments[0] or expected.tell() >= SIZE
                if what == "read1":
                    assert len(found) <= arguments[0]
                    expected.seek(len(found), io.SEEK_CUR)
            else:
                assert getattr(file, what)(*arguments) == getattr(expected, what)(*arguments)
        assert file.tell() == expected.tell()


class StingyBackend(MemoryBackend):
    """Gives less of a window than it is asked for, as some caches do (RFC 9110, 15.3.7)."""

    def get_window(self, *args: Any, **kwargs: Any) -> tuple[ObjectInfo, bytes]:
        info, window = super().get_window(*args, **kwargs)
        return info, window[:1000]


@pytest.mark.parametrize("position", [0, 999, 1000, WINDOW_SIZE, SIZE - 5000, SIZE - 10])
def test_a_window_that_comes_short_is_read_on(position: int) -> None:
    backend = StingyBackend("memory")
    backend.put("bucket", "f", DATA, {})
    with ObjectFile(in_memory(backend), "f", "rb") as file:
        file.seek(position)
        assert file.read() == DATA[position:]


def proxied(
    server: Any, use_storages: Callable[..., None], new_bucket: Callable[[str], str]
) -> tuple[Any, FaultyProxy]:
    """A storage behind a proxy that sees each request."""
    proxy = FaultyProxy(server.endpoint)
    use_storages(plain=entry(server))
    bucket = new_bucket("plain")
    use_storages(plain=entry(server, bucket=bucket, endpoint=proxy.endpoint))
    return storages["plain"], proxy


def test_small_and_large_reads_in_turn_cost_no_request_more(
    minio_server: Any, use_storages: Callable[..., None], new_bucket: Callable[[str], str]
) -> None:
    """What the buffer has read ahead is used, not fetched again."""
    storage, proxy = proxied(minio_server, use_storages, new_bucket)
    storage.save("f", ContentFile(DATA))
    proxy.heads.clear()
    with storage.open("f") as file:
        found = b""
        while piece := file.read(10) + file.readline() + file.read(BUFFER) + file.read(1):
            found += piece
    assert found == DATA
    assert len(proxy.heads) == 2
    proxy.close()

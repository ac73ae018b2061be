"""A write whose answer is lost is stored once, under its own name, or raises and is not there."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Event
from typing import Any

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.test import override_settings

from tenant_minio import registry
from tenant_minio.backends.write_options import MIN_PART, PART_SIZE
from tenant_minio.exceptions import BackendUnavailableError, WriteOutcomeUnknownError
from tests.conftest import entry, raw_client
from tests.faults import FaultyProxy

LARGE = b"x" * (PART_SIZE * 2 + 1)


@pytest.fixture(params=["minio_server", "versitygw_server"])
def proxy(request: pytest.FixtureRequest) -> Iterator[FaultyProxy]:
    proxy = FaultyProxy(request.getfixturevalue(request.param).endpoint)
    proxy.server = request.getfixturevalue(request.param)
    yield proxy
    proxy.close()


@pytest.fixture
def storage(proxy: Any, use_storages: Callable[..., None], new_bucket: Callable[..., str]) -> Any:
    """A plain storage whose traffic goes through the proxy."""
    use_storages(plain=entry(proxy.server))
    bucket = new_bucket("plain")
    options = {"bucket": bucket, "endpoint": proxy.endpoint, "retries": 1, "read_timeout": 5}
    use_storages(plain=entry(proxy.server, **options))
    return storages["plain"]


def objects(storage: Any, proxy: Any) -> list[str]:
    """What is really there, by a client of its own and without the proxy."""
    server = proxy.server
    client = raw_client(type("Options", (), {**server.storage_options(), "region": "us-east-1"}))
    bucket = registry.plain_route("plain").bucket
    return [o.object_name for o in client.list_objects(bucket_name=bucket, recursive=True)]


def times(count: int, fate: str, is_meant: Callable[[str], bool]) -> Callable[[str], str | None]:
    """Let ``count`` requests that are meant meet a fate."""
    left = [count]

    def fault(head: str) -> str | None:
        if is_meant(head) and left[0] > 0:
            left[0] -= 1
            return fate
        return None

    return fault


def is_put(head: str) -> bool:
    return head.startswith("PUT")


def is_completion(head: str) -> bool:
    return head.startswith("POST") and "uploadId=" in head


@pytest.mark.parametrize("fate", ["lose answer", "lose request"])
def test_one_lost_put_is_stored_once(storage: Any, proxy: Any, fate: str) -> None:
    proxy.fault = times(1, fate, is_put)
    assert storage.save("f.txt", ContentFile(b"content")) == "f.txt"
    assert objects(storage, proxy) == ["f.txt"]
    assert storage.open("f.txt").read() == b"content"


@pytest.mark.parametrize("fate", ["lose answer", "lose request"])
def test_a_lost_put_that_replaces_is_stored_once(storage: Any, proxy: Any, fate: str) -> None:
    storage.save("f.txt", ContentFile(b"old"))
    proxy.fault = times(1, fate, is_put)
    storage._save("f.txt", ContentFile(b"new"))
    assert storage.open("f.txt").read() == b"new"


def test_a_lost_put_does_not_take_anothers_identical_file(storage: Any, proxy: Any) -> None:
    """An equal ETag is no proof: two users' identical files stay two objects."""
    storage.save("f.txt", ContentFile(b"same"))
    proxy.fault = times(1, "lose answer", is_put)
    name = storage.save("f.txt", ContentFile(b"same"))
    assert name != "f.txt"
    assert sorted(objects(storage, proxy)) == sorted(["f.txt", name])


def test_requests_that_are_always_lost_end_in_an_error_and_no_object(
    storage: Any, proxy: Any
) -> None:
    proxy.fault = times(99, "lose request", is_put)
    with pytest.raises(BackendUnavailableError, match=r"plain.*f\.txt"):
        storage.save("f.txt", ContentFile(b"content"))
    assert objects(storage, proxy) == []


def test_an_outcome_that_nobody_tells_is_said_to_be_unknown(storage: Any, proxy: Any) -> None:
    """Neither the answer nor any HEAD comes through, but the object is there."""
    proxy.fault = times(99, "lose answer", lambda head: head.startswith(("PUT", "HEAD")))
    with pytest.raises(WriteOutcomeUnknownError, match=r"f\.txt"):
        storage.save("f.txt", ContentFile(b"content"))
    assert objects(storage, proxy) == ["f.txt"]


@pytest.mark.parametrize("fate", ["lose answer", "lose request"])
def test_a_lost_completion_is_one_object(storage: Any, proxy: Any, fate: str) -> None:
    proxy.fault = times(1, fate, is_completion)
    assert storage.save("f.bin", ContentFile(LARGE)) == "f.bin"
    assert objects(storage, proxy) == ["f.bin"]
    assert storage.size("f.bin") == len(LARGE)


@pytest.mark.parametrize("fate", ["lose answer", "lose request"])
def test_a_lost_part_is_sent_again(storage: Any, proxy: Any, fate: str) -> None:
    proxy.fault = times(2, fate, lambda head: "partNumber=" in head)
    storage.save("f.bin", ContentFile(LARGE))
    assert storage.open("f.bin").read() == LARGE


def parts_on_disk(proxy: Any) -> set[Path]:
    """Files of the server that are as large as a part; MinIO empties its trash in its own time."""
    return {
        path
        for path in proxy.server.data_dir.rglob("*")
        if ".trash" not in path.parts and path.is_file() and path.stat().st_size >= PART_SIZE
    }


def test_a_failed_upload_leaves_no_object_and_no_open_upload(storage: Any, proxy: Any) -> None:
    before = parts_on_disk(proxy)  # of other tests, which leave one on purpose
    proxy.fault = times(99, "lose request", lambda head: "partNumber=2" in head)
    with pytest.raises(BackendUnavailableError):
        storage.save("f.bin", ContentFile(LARGE))
    assert objects(storage, proxy) == []
    assert parts_on_disk(proxy) <= before


def test_a_body_that_breaks_off_once_is_read_on(storage: Any, proxy: Any) -> None:
    storage.save("f.bin", ContentFile(LARGE))
    with storage.open("f.bin") as file:
        proxy.fault = times(1, "cut", lambda head: head.startswith("GET"))
        assert file.read() == LARGE


def test_a_body_that_keeps_breaking_off_is_an_error(storage: Any, proxy: Any) -> None:
    storage.save("f.bin", ContentFile(b"x" * 300_000))
    with storage.open("f.bin") as file:
        proxy.fault = times(99, "lose answer", lambda head: head.startswith("GET"))
        with pytest.raises(BackendUnavailableError):
            file.read()


def test_many_that_save_one_name_at_once_get_one_each(storage: Any, proxy: Any) -> None:
    barrier = Barrier(8)

    def save(number: int) -> str:
        barrier.wait()
        return str(storage.save("f.txt", ContentFile(f"{number}".encode())))

    with ThreadPoolExecutor(8) as pool:
        names = list(pool.map(save, range(8)))
    assert len(set(names)) == 8
    for number, name in enumerate(names):
        assert storage.open(name).read() == f"{number}".encode()


def test_a_new_small_file_is_one_request(storage: Any, proxy: Any) -> None:
    def count(call: Callable[[], object]) -> int:
        before = len(proxy.heads)
        call()
        return len(proxy.heads) - before

    assert count(lambda: storage.save("f.txt", ContentFile(b"1"))) == 1
    assert count(lambda: storage.exists("f.txt")) == 1
    assert count(lambda: storage.exists("none.txt")) == 1  # the bucket has been seen
    assert count(lambda: storage.size("f.txt")) == 1
    assert count(lambda: storage.open("f.txt").read()) == 1
    assert count(lambda: storage.delete("f.txt")) == 1
    assert count(lambda: storage.url("f.txt")) == 0
    registry.reset()
    expected = 1 if proxy.server.kind == "minio" else 2
    assert count(lambda: storage.exists("none.txt")) == expected


def test_a_write_that_is_late_is_not_called_failed(storage: Any, proxy: Any) -> None:
    """The cluster answers questions but is still at the PUT: it may appear any moment."""
    held = Event()

    def fault(head: str) -> None:
        if is_put(head):
            held.wait(20)

    storage.locate().backend.close()
    proxy.fault = fault
    options = {"endpoint": proxy.endpoint, "read_timeout": 0.3}
    entries = settings.STORAGES["plain"]
    with override_settings(
        STORAGES={"plain": {**entries, "OPTIONS": {**entries["OPTIONS"], **options}}}
    ):
        with pytest.raises(WriteOutcomeUnknownError, match=r"f\.txt"):
            storages["plain"].save("f.txt", ContentFile(b"content"))
        assert sum(is_put(head) for head in proxy.heads) == 1
    held.set()
    deadline = time.monotonic() + 20
    while not objects(storage, proxy) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert objects(storage, proxy) == ["f.txt"]


@pytest.mark.parametrize("fate", ["lose answer", "lose request"])
def test_a_large_file_in_one_request_is_stored_once(storage: Any, proxy: Any, fate: str) -> None:
    entry = settings.STORAGES["plain"]
    options = {**entry["OPTIONS"], "multipart": False}
    proxy.fault = times(1, fate, is_put)
    with override_settings(STORAGES={"plain": {**entry, "OPTIONS": options}}):
        assert storages["plain"].save("f.bin", ContentFile(LARGE)) == "f.bin"
        assert storages["plain"].open("f.bin").read() == LARGE
    assert objects(storage, proxy) == ["f.bin"]


# The request that makes the object appear, of each way to write it.
TWO_PARTS = b"x" * (MIN_PART + 1)
SIZES = {"multipart_threshold": MIN_PART, "part_size": MIN_PART}
WAYS = {
    "small": (b"same", SIZES, is_put),
    "parts": (TWO_PARTS, SIZES, is_completion),
    "whole": (TWO_PARTS, {**SIZES, "multipart": False}, is_put),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("fate", ["lose answer", "lose request"])
@pytest.mark.parametrize("lost", [1, 4])
@pytest.mark.parametrize("verb", ["save", "replace", "save over identical"])
def test_every_lost_answer(
    storage: Any, proxy: Any, way: str, fate: str, lost: int, verb: str
) -> None:
    """However often it is lost: stored once and under one name, or an error and not there.

    A write is sent three times; what was stored is known by its token the first
    time, whatever is lost afterwards.
    """
    data, options, is_meant = WAYS[way]
    entry = settings.STORAGES["plain"]
    with override_settings(
        STORAGES={"plain": {**entry, "OPTIONS": {**entry["OPTIONS"], **options}}}
    ):
        storage = storages["plain"]
        before = {}
        if verb != "save":
            old = data if "identical" in verb else b"old"
            storage.save("f", ContentFile(old))
            before = {"f": old}
        proxy.fault = times(lost, fate, is_meant)
        write = storage._save if verb == "replace" else storage.save
        name = failed = None
        try:
            name = write("f", ContentFile(data))
        except BackendUnavailableError as error:
            failed = error
        proxy.fault = lambda _head: None
        if fate == "lose request" and lost == 4:
            assert name is None
            assert not isinstance(failed, WriteOutcomeUnknownError)
            expected = before
        else:
            assert failed is None
            assert (name == "f") is (verb != "save over identical")
            expected = {**before, name: data}
        assert {name: storage.open(name).read() for name in objects(storage, proxy)} == expected


@pytest.mark.parametrize("way", WAYS)
def test_identical_files_of_two_users_at_once_stay_two(storage: Any, proxy: Any, way: str) -> None:
    """Both answers are lost, and both would have the same ETag: a token tells whose it is."""
    data, options, is_meant = WAYS[way]
    entry = settings.STORAGES["plain"]
    with override_settings(
        STORAGES={"plain": {**entry, "OPTIONS": {**entry["OPTIONS"], **options}}}
    ):
        storage = storages["plain"]
        both = Barrier(2)
        left = [2]

        def fault(head: str) -> str | None:
            if not is_meant(head) or left[0] == 0:
                return None
            both.wait(30)
            left[0] = 0
            return "lose answer"

        proxy.fault = fault
        with ThreadPoolExecutor(2) as pool:
            names = list(pool.map(lambda _n: storage.save("f", ContentFile(data)), range(2)))
        proxy.fault = lambda _head: None
        assert len(set(names)) == 2
        assert {
            name: storage.open(name).read() for name in objects(storage, proxy)
        } == dict.fromkeys(names, data)
        storage.delete(names[0])
        assert storage.open(names[1]).read() == data

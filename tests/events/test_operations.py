"""Each operation of a storage tells of itself once, whatever it needs to ask the cluster."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from tenant_minio import MemoryStorage, use_tenant
from tenant_minio.backends.write_options import PART_SIZE
from tenant_minio.events import Event, Outcome
from tenant_minio.exceptions import (
    BackendUnavailableError,
    MissingBucketError,
    NoTenantError,
    ObjectNotFoundError,
    PermissionDeniedError,
    UnsafeNameError,
)
from tests.conftest import MEMORY, entry
from tests.faults import FaultyProxy

LARGE = PART_SIZE * 2 + 1


def told(events: list[Event]) -> list[tuple[str, str, int]]:
    """Operation, outcome and bytes of what was told since the last look."""
    found = [(event.operation, event.outcome, event.bytes) for event in events]
    events.clear()
    return [(str(operation), str(outcome), size) for operation, outcome, size in found]


def test_each_operation_is_told_once(plain: Any, events: list[Event]) -> None:
    plain.save("a.txt", ContentFile(b"12345"))
    assert told(events) == [("save", "ok", 5)]
    assert plain.exists("a.txt")
    assert not plain.exists("none")
    assert plain.exists("")
    assert told(events) == [("exists", "ok", 0)] * 3
    plain.size("a.txt")
    plain.stat("a.txt")
    plain.get_modified_time("a.txt")
    plain.listdir("")
    assert told(events) == [
        ("size", "ok", 0),
        ("stat", "ok", 0),
        ("modified", "ok", 0),
        ("list", "ok", 0),
    ]
    plain.delete("a.txt")
    assert told(events) == [("delete", "ok", 0)]


def test_an_event_says_where_and_for_whom(routed: Any, events: list[Event]) -> None:
    with use_tenant("acme"):
        routed.save("a.txt", ContentFile(b"1"))
        bucket = routed.route().bucket
    with routed.for_tenant("globex").open("b.txt", "wb") as file:
        file.write(b"22")
    found = [(event.backend, event.tenant, event.bucket) for event in events]
    assert found == [("eu", "acme", bucket), ("eu", "globex", bucket)]


def test_the_event_of_a_plain_storage_has_no_tenant(plain: Any, events: list[Event]) -> None:
    plain.exists("a")
    assert [(event.backend, event.tenant) for event in events] == [("plain", None)]


def test_no_event_holds_a_name(routed: Any, events: list[Event]) -> None:
    with use_tenant("acme"):
        name = routed.save("Jane Doe, diagnosis.pdf", ContentFile(b"1"))
        routed.open(name).close()
        with pytest.raises(ObjectNotFoundError):
            routed.open("Jane Doe, none.pdf")
    assert len(events) == 3
    assert "Jane" not in repr(events)


def test_a_url_is_no_event(plain: Any, events: list[Event]) -> None:
    plain.url("a")
    plain.urls(["a", "b"])
    assert events == []


def test_a_file_that_is_read_is_told_when_it_is_closed(plain: Any, events: list[Event]) -> None:
    plain.save("a", ContentFile(b"x" * LARGE))
    assert told(events) == [("save", "ok", LARGE)]
    file = plain.open("a")
    file.read()
    assert events == []
    file.close()
    file.close()
    assert told(events) == [("read", "ok", LARGE)]
    with plain.open("a") as file:
        file.seek(LARGE - 10)
        file.read()
    assert told(events) == [("read", "ok", 10)]


def test_a_file_that_nobody_closed_is_told_when_it_is_gone(plain: Any, events: list[Event]) -> None:
    plain.save("a", ContentFile(b"1"))
    events.clear()
    file = plain.open("a")
    del file
    gc.collect()
    assert told(events) == [("read", "ok", 0)]


def test_a_file_that_is_written_is_told_when_it_is_closed(plain: Any, events: list[Event]) -> None:
    for size in (3, LARGE):
        file = plain.open("a", "wb")
        file.write(b"x" * size)
        assert events == []
        file.close()
        assert told(events) == [("write", "ok", size)]
    with plain.open("t", "w") as text:
        text.write("ä")
    assert told(events) == [("write", "ok", 2)]


def test_a_file_that_was_not_kept_is_told_as_given_up(plain: Any, events: list[Event]) -> None:
    def write() -> None:
        with plain.open("a", "wb") as file:
            file.write(b"x" * LARGE)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write()
    assert told(events) == [("write", "aborted", 0)]


def test_a_taken_name_makes_no_second_event(plain: Any, events: list[Event]) -> None:
    plain.save("a", ContentFile(b"1"))
    assert plain.save("a", ContentFile(b"22")) != "a"
    # Django's get_available_name asks whether the next name is free.
    assert told(events) == [("save", "ok", 1), ("save", "ok", 2)]


def test_looking_for_a_name_is_no_operation(plain: Any, events: list[Event]) -> None:
    plain.save("a.txt", ContentFile(b"1"))
    events.clear()
    assert plain.get_available_name("a.txt") != "a.txt"
    assert plain.get_available_name("b.txt", max_length=5) == "b.txt"
    assert len(plain.get_available_name("c" * 30 + ".txt", max_length=15)) == 15
    assert events == []


class OwnExists(MemoryStorage):
    """Has names that no file has."""

    def exists(self, name: str) -> bool:
        return name == "a" or super().exists(name)


def test_a_subclass_is_asked_for_names_by_its_own_exists(
    use_storages: Callable[..., None], events: list[Event]
) -> None:
    options = {"bucket": "media"}
    use_storages(own={"BACKEND": f"{__name__}.OwnExists", "OPTIONS": options})
    assert storages["own"].get_available_name("a") != "a"
    assert storages["own"].get_available_name("b") == "b"
    assert {event.operation for event in events} == {"exists"}


class OwnSave(MemoryStorage):
    def _save(self, name: str, content: Any) -> str:
        return super()._save(name, ContentFile(content.read().upper() + b"!"))


def test_a_subclass_that_saves_by_itself_is_told_once(
    use_storages: Callable[..., None], events: list[Event]
) -> None:
    """With the bytes that it stored; also where `_save` is called alone, as Django's own do."""
    options = {"bucket": "media"}
    use_storages(own={"BACKEND": f"{__name__}.OwnSave", "OPTIONS": options})
    storages["own"].save("a", ContentFile(b"abc"))
    assert told(events) == [("save", "ok", 4)]
    storages["own"]._save("a", ContentFile(b"abc"))
    assert told(events) == [("save", "ok", 4)]


def test_what_fails_is_told_by_its_kind(plain: Any, events: list[Event]) -> None:
    for call in (plain.size, plain.stat, plain.get_modified_time, plain.open):
        with pytest.raises(ObjectNotFoundError):
            call("none")
    assert {event.outcome for event in events} == {Outcome.NOT_FOUND}
    assert [event.operation for event in events] == ["size", "stat", "modified", "read"]
    events.clear()
    for call in (
        plain.exists,
        plain.delete,
        plain.size,
        plain.listdir,
        plain.open,
        lambda name: plain.open(name, "wb"),
    ):
        with pytest.raises(UnsafeNameError):
            call("../a")
    with pytest.raises(SuspiciousFileOperation):
        plain.save("../a", ContentFile(b"1"))
    assert {event.outcome for event in events} == {Outcome.REFUSED_NAME}
    assert len(events) == 7


def test_an_operation_without_a_tenant_reaches_no_backend(routed: Any, events: list[Event]) -> None:
    with pytest.raises(NoTenantError):
        routed.exists("a")
    assert events == []


def test_content_that_fails_is_an_error_of_its_own(plain: Any, events: list[Event]) -> None:
    class Broken(ContentFile):  # type: ignore[type-arg]
        def chunks(self, chunk_size: int | None = None) -> Any:
            raise RuntimeError("no disk")

    with pytest.raises(RuntimeError):
        plain.save("a", Broken(b"1"))
    assert told(events) == [("save", "error", 0)]


@pytest.mark.parametrize("server", ["minio", "versitygw"])
def test_what_a_cluster_refuses_is_told_by_its_kind(
    server: str,
    request: pytest.FixtureRequest,
    use_storages: Callable[..., None],
    new_bucket: Callable[[str], str],
    events: list[Event],
) -> None:
    running = request.getfixturevalue(f"{server}_server")
    use_storages(plain=entry(running))
    bucket = new_bucket("plain")
    proxy = FaultyProxy(running.endpoint)
    proxy.fault = lambda _head: "lose request"
    use_storages(
        plain=entry(running),
        gone=entry(running, bucket="a-bucket-that-is-not-there"),
        closed=entry(running, bucket=bucket, secret_key="wrong" * 8),
        dead=entry(running, bucket=bucket, endpoint=proxy.endpoint, retries=0),
    )
    for alias, error in (
        ("gone", MissingBucketError),
        ("closed", PermissionDeniedError),
        ("dead", BackendUnavailableError),
    ):
        with pytest.raises(error):
            storages[alias].open("a")
        with pytest.raises(error):
            storages[alias].listdir("")
    proxy.close()
    assert [(event.backend, str(event.outcome)) for event in events] == [
        ("gone", "missing_bucket"),
        ("gone", "missing_bucket"),
        ("closed", "denied"),
        ("closed", "denied"),
        ("dead", "unavailable"),
        ("dead", "unavailable"),
    ]


def test_a_read_that_breaks_off_says_so(
    minio_server: Any,
    use_storages: Callable[..., None],
    new_bucket: Callable[[str], str],
    events: list[Event],
) -> None:
    """What was given out before counts; an error that a second try mended does not."""
    use_storages(plain=entry(minio_server))
    proxy = FaultyProxy(minio_server.endpoint)
    options = {"bucket": new_bucket("plain"), "endpoint": proxy.endpoint, "retries": 0}
    use_storages(plain=entry(minio_server, **options))
    storage = storages["plain"]
    storage.save("a", ContentFile(b"x" * 1_000_000))
    events.clear()
    with storage.open("a") as file:
        file.read(100_000)
        cuts = iter(["cut"])
        proxy.fault = lambda _head: next(cuts, None)
        file.read()
    assert told(events) == [("read", "ok", 1_000_000)]
    with storage.open("a") as file:
        file.read(100_000)
        proxy.fault = lambda _head: "lose request"
        with pytest.raises(BackendUnavailableError):
            file.read()
    proxy.close()
    [(operation, outcome, size)] = told(events)
    assert (operation, outcome) == ("read", "unavailable")
    assert 100_000 <= size < 1_000_000


def test_collectstatic_tells_what_it_sends(
    use_storages: Callable[..., None], events: list[Event], tmp_path: Path, settings: Any
) -> None:
    """And not what it makes ready in a folder."""
    from django.core.management import call_command

    (tmp_path / "a.css").write_bytes(b"a{}")
    settings.STATICFILES_DIRS = [tmp_path]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    options = {"bucket": "static"}
    use_storages(
        staticfiles={"BACKEND": f"{__name__}.StaticInMemory", "OPTIONS": options}, eu=MEMORY
    )
    call_command("collectstatic", interactive=False, verbosity=0)
    assert told(events) == [("save", "ok", 3)]


class StaticInMemory(MemoryStorage):
    """Bound to Django's own setting for static files."""

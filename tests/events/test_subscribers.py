"""Who subscribes is told, in the thread of the operation, and can break nothing."""

from __future__ import annotations

import asyncio
import gc
import logging
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.test import override_settings

from tenant_minio import exceptions
from tenant_minio.events import UNWATCHED, Begun, Event, Outcome, emit, hook, outcome_of, watch
from tenant_minio.events.complaints import Complaints
from tenant_minio.exceptions import InvalidBackendError
from tenant_minio.signals import operation_finished
from tests.conftest import MEMORY

Subscribe = Callable[..., None]
AN_EVENT = Event("download", "eu", "acme", None, Outcome.OK, 0.25, 3)


class Trace:
    def begin(self, _begun: Begun) -> Any: ...

    def __call__(self, event: Event) -> None: ...


@pytest.fixture
def storage(use_storages: Callable[..., None]) -> Any:
    use_storages(plain={**MEMORY, "OPTIONS": {"bucket": "media"}})
    return storages["plain"]


def test_with_nobody_to_tell_nothing_is_made(storage: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    # A receiver that is gone stands there as a dead reference until the next signal is sent.
    monkeypatch.setattr(operation_finished, "receivers", [])
    with override_settings(TENANT_MINIO={}):
        assert watch("save") is UNWATCHED
        storage.save("a", ContentFile(b"1"))
        storage.open("a").close()
    assert UNWATCHED.measure(len, "abc") == 3


def test_receivers_of_the_signal_are_told_without_a_setting(storage: Any) -> None:
    seen: list[tuple[Any, Event]] = []

    def receive(*, sender: Any, event: Event, **_kwargs: Any) -> None:
        seen.append((sender, event))

    operation_finished.connect(receive)
    try:
        storage.save("a", ContentFile(b"1"))
    finally:
        operation_finished.disconnect(receive)
    storage.delete("a")
    assert [(sender, event.operation) for sender, event in seen] == [(Event, "save")]


def test_what_a_receiver_raises_changes_nothing(
    storage: Any, caplog: pytest.LogCaptureFixture
) -> None:
    def receive(**_kwargs: Any) -> None:
        raise RuntimeError("no queue")

    operation_finished.connect(receive)
    try:
        assert storage.save("a", ContentFile(b"1")) == "a"
    finally:
        operation_finished.disconnect(receive)
    assert "no queue" in caplog.text


async def test_an_async_receiver_in_a_running_loop_changes_nothing(
    storage: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Django cannot await it there."""

    async def receive(**_kwargs: Any) -> None:
        pass

    operation_finished.connect(receive)
    try:
        assert storage.save("a", ContentFile(b"1")) == "a"
    finally:
        operation_finished.disconnect(receive)
    assert "event loop" in caplog.text


def test_a_subscriber_that_raises_is_logged_and_changes_nothing(
    storage: Any, subscribe: Subscribe, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[Event] = []

    def broken(_event: Event) -> None:
        raise RuntimeError("no disk")

    class BrokenAtTheBeginning:
        def __call__(self, event: Event) -> None: ...

        def begin(self, _begun: Begun) -> Any:
            raise RuntimeError("no network")

    subscribe(broken, BrokenAtTheBeginning(), seen.append)
    for _time in range(3):
        storage.save("a", ContentFile(b"1"))
    assert len([event for event in seen if event.operation == "save"]) == 3
    assert [record.levelname for record in caplog.records] == ["ERROR", "ERROR"]
    assert {record.name for record in caplog.records} == {"tenant_minio"}
    assert caplog.text.count("RuntimeError: no disk") == 1
    assert caplog.text.count("RuntimeError: no network") == 1


def test_faults_are_told_again_with_how_many_there_were(
    subscribe: Subscribe, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """One that passes must not silence those that come later."""
    now = 1000.0
    monkeypatch.setattr(hook, "_complaints", Complaints(lambda: now))

    def broken(_event: Event) -> None:
        raise RuntimeError("no disk")

    subscribe(broken)
    for seconds in (0, 1, 58.9, 0.2, 60.1):
        now += seconds
        emit(AN_EVENT)
    told = [record.getMessage() for record in caplog.records]
    assert ["minute: 1)" in told[0], "minute: 3)" in told[1], "minute: 1)" in told[2]] == [True] * 3
    assert len(told) == 3


def test_settings_that_change_begin_anew(
    subscribe: Subscribe, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_event: Event) -> None:
        raise RuntimeError("no disk")

    for _time in range(2):
        subscribe(broken)
        emit(AN_EVENT)
        emit(AN_EVENT)
    assert len(caplog.records) == 2


def test_one_that_begins_is_told_in_the_order_of_brackets(subscribe: Subscribe) -> None:
    order: list[str] = []

    class Bracket:
        def __init__(self, name: str) -> None:
            self.name = name

        def begin(self, begun: Begun) -> Callable[[Event], None]:
            order.append(f"{self.name} begins {begun.operation}")
            return lambda event: order.append(f"{self.name} ends {event.outcome}")

        def __call__(self, event: Event) -> None:
            order.append(f"{self.name} is told of {event.operation}")

    subscribe(Bracket("a"), Bracket("b"))
    with watch("save"):
        order.append("work")
    assert order == ["a begins save", "b begins save", "work", "b ends ok", "a ends ok"]
    order.clear()
    emit(AN_EVENT)
    assert order == ["a is told of download", "b is told of download"]


def test_each_thread_tells_of_its_own(storage: Any, subscribe: Subscribe) -> None:
    seen: list[tuple[str, int]] = []
    subscribe(lambda event: seen.append((threading.current_thread().name, event.bytes)))
    barrier = threading.Barrier(4)

    def save(size: int) -> None:
        barrier.wait(10)
        storage.save(f"f{size}", ContentFile(b"x" * size))

    threads = [threading.Thread(target=save, args=(n,), name=f"t{n}") for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seen) == [(f"t{n}", n) for n in range(4)]


def test_what_the_caller_ends_is_no_error_of_the_cluster(subscribe: Subscribe) -> None:
    seen: list[Event] = []
    subscribe(seen.append)
    for error in (KeyboardInterrupt, asyncio.CancelledError, GeneratorExit):
        with pytest.raises(error), watch("list"):
            raise error
    assert [str(event.outcome) for event in seen] == ["aborted"] * 3


def test_every_error_of_the_package_has_a_word() -> None:
    """None of those that an operation on a cluster can raise falls to the last resort."""
    errors = [
        kind
        for kind in vars(exceptions).values()
        if isinstance(kind, type) and issubclass(kind, exceptions.TenantMinioError)
    ]
    without = {kind.__name__ for kind in errors if outcome_of(kind()) is Outcome.ERROR}
    # Raised before any backend is chosen, or by the search for orphans.
    assert without == {
        "TenantMinioError",
        "NoTenantError",
        "TenantMismatchError",
        "UnknownTenantError",
        "InvalidTenantError",
        "ReferencesUnreadableError",
    }


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["tests.no_such.function"], "cannot be imported"),
        (["tests.conftest.MEMORY"], "is not valid"),
        ([f"{__name__}.Trace"], "is a class"),
        ("tests.conftest.entry", "is not valid"),
        ([3], "is not valid"),
    ],
)
def test_wrong_subscribers_are_an_error_at_the_first_use(
    storage: Any, given: Any, told: str
) -> None:
    with override_settings(TENANT_MINIO={"SUBSCRIBERS": given}):
        for use in (storage.exists, storage.open, lambda name: storage.open(name, "wb")):
            with pytest.raises(InvalidBackendError, match=told):
                use("a")
        gc.collect()  # what was begun is closed without a complaint


def test_the_log_has_the_fields_of_an_event(caplog: pytest.LogCaptureFixture) -> None:
    from tenant_minio.events.logs import log

    with caplog.at_level(logging.DEBUG, logger="tenant_minio"):
        log(AN_EVENT)
        log(Event("save", "us", None, "media", Outcome.UNAVAILABLE, 2.0))
    fields = [
        {key: value for key, value in vars(record).items() if key.startswith("tenant_minio_")}
        for record in caplog.records
    ]
    assert fields == [
        {
            "tenant_minio_operation": "download",
            "tenant_minio_backend": "eu",
            "tenant_minio_tenant": "acme",
            "tenant_minio_bucket": None,
            "tenant_minio_outcome": "ok",
            "tenant_minio_seconds": 0.25,
            "tenant_minio_bytes": 3,
        },
        {
            "tenant_minio_operation": "save",
            "tenant_minio_backend": "us",
            "tenant_minio_tenant": None,
            "tenant_minio_bucket": "media",
            "tenant_minio_outcome": "unavailable",
            "tenant_minio_seconds": 2.0,
            "tenant_minio_bytes": 0,
        },
    ]
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("DEBUG", "download on backend 'eu' for tenant 'acme': ok"),
        ("WARNING", "save on backend 'us' for no tenant: unavailable"),
    ]


def test_the_log_is_switched_on_by_its_path(
    storage: Any, subscribe: Subscribe, caplog: pytest.LogCaptureFixture
) -> None:
    subscribe("tenant_minio.events.logs.log")
    caplog.set_level(logging.DEBUG, logger="tenant_minio")
    storage.exists("a")
    assert caplog.messages == ["exists on backend 'plain' for no tenant: ok"]

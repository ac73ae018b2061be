"""Each request for a private file is one event, whatever becomes of it."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.http import Http404, HttpResponse
from django.test import AsyncRequestFactory
from prometheus_client import CollectorRegistry

from tenant_minio import use_tenant
from tenant_minio.contrib.prometheus import Metrics
from tenant_minio.events import Event
from tenant_minio.exceptions import BackendUnavailableError
from tenant_minio.private.sharing import share_token
from tenant_minio.private.views import (
    PrivateStorageDetailView,
    PrivateStorageView,
    SharedFileView,
)
from tenant_minio.signals import operation_finished
from tenant_minio.storage.base import ObjectStorage
from tests.conftest import entry
from tests.faults import FaultyProxy

from .conftest import MEMBER, ROOT, STRANGER, asking
from .test_views import body, get

DATA = bytes(range(256)) * 4000


@pytest.fixture
def events() -> Iterator[list[Event]]:
    """Those of downloads; whoever receives signals needs no setting."""
    seen: list[Event] = []

    def receive(event: Event, **_kwargs: Any) -> None:
        if event.operation == "download":
            seen.append(event)

    operation_finished.connect(receive)
    yield seen
    operation_finished.disconnect(receive)


def told(events: list[Event]) -> list[tuple[str, int]]:
    found = [(str(event.outcome), event.bytes) for event in events]
    events.clear()
    return found


def test_a_download_is_told_of_when_its_body_is_closed(storage: Any, events: list[Event]) -> None:
    storage.save("a.bin", ContentFile(DATA))
    answer = get(storage, "a.bin")
    assert events == []
    assert body(answer) == DATA
    answer.close()
    assert told(events) == [("ok", len(DATA))]
    answer = get(storage, "a.bin", range="bytes=10-99")
    body(answer)
    answer.close()
    assert told(events) == [("ok", 90)]


def test_a_download_that_the_browser_gives_up_is_aborted(storage: Any, events: list[Event]) -> None:
    storage.save("a.bin", ContentFile(DATA))
    answer = get(storage, "a.bin")
    first = next(iter(answer))
    answer.close()
    answer.close()
    assert told(events) == [("aborted", len(first))]


def test_a_download_that_nobody_takes_is_aborted(storage: Any, events: list[Event]) -> None:
    """Under ASGI a browser that goes away while the view opens the file: its answer is dropped."""
    reads: list[Any] = []

    def receive(event: Event, **_kwargs: Any) -> None:
        if event.operation == "read":
            reads.append(event.outcome)

    operation_finished.connect(receive)
    storage.save("a.bin", ContentFile(DATA))
    answer = get(storage, "a.bin")
    assert events == []
    del answer
    gc.collect()
    assert told(events) == [("aborted", 0)]
    assert len(reads) == isinstance(storage, ObjectStorage)
    answer = get(storage, "a.bin")
    assert body(answer) == DATA
    del answer
    gc.collect()
    assert told(events) == [("ok", len(DATA))]
    operation_finished.disconnect(receive)


async def test_a_download_in_an_event_loop_is_told_of(memory: Any, events: list[Event]) -> None:
    with use_tenant("acme"):
        memory.save("a.bin", ContentFile(DATA))
        for reads_all, expected in [(True, ("ok", len(DATA))), (False, ("aborted", 0))]:
            request: Any = AsyncRequestFactory().get("/")
            request.user = ROOT
            answer: Any = PrivateStorageView.as_view(storage=memory)(request, path="a.bin")
            if reads_all:
                assert b"".join([piece async for piece in answer]) == DATA
            await asyncio.to_thread(answer.close)
            assert told(events) == [expected]


def test_what_has_no_body_is_told_of_at_once(storage: Any, events: list[Event]) -> None:
    storage.save("a.bin", ContentFile(DATA))
    etag = get(storage, "a.bin", method="HEAD")["ETag"]
    assert get(storage, "a.bin", if_none_match=etag).status_code == 304
    assert get(storage, "a.bin", range="bytes=9999999-").status_code == 416
    assert told(events) == [("ok", 0)] * 3


def test_refused_and_missing_are_told_apart(storage: Any, events: list[Event]) -> None:
    storage.save("a.bin", ContentFile(DATA))
    for name, user in [("a.bin", STRANGER), ("a.bin", MEMBER), ("none", ROOT), ("../x", ROOT)]:
        assert get(storage, name, user).status_code == 404
    assert told(events) == [("refused", 0), ("refused", 0), ("not_found", 0), ("not_found", 0)]


def test_a_row_that_is_not_there_is_told_of_as_missing(memory: Any, events: list[Event]) -> None:
    class View(PrivateStorageDetailView):
        def get_object(self, queryset: Any = None) -> Any:
            raise Http404

    with use_tenant("acme"):
        assert View.as_view(storage=memory)(asking()).status_code == 404
    assert told(events) == [("not_found", 0)]


def test_an_event_says_whose_file_it_was(memory: Any, events: list[Event]) -> None:
    with use_tenant("acme"):
        get(memory, "a.bin", STRANGER)
    # Outside of all tenants there is nothing to say, and it is said all the same.
    get(memory, "a.bin", STRANGER)
    found = [(event.backend, event.tenant, event.bucket, event.outcome) for event in events]
    assert found == [("eu", "acme", "media", "refused"), (None, None, None, "refused")]


def test_a_link_is_told_of_too(memory: Any, events: list[Event]) -> None:
    with use_tenant("acme"):
        memory.save("a.bin", ContentFile(DATA))
        token = share_token("a.bin", expires=60)
    answer = SharedFileView.as_view()(asking(STRANGER), token=token)
    body(answer)
    answer.close()
    assert [(event.tenant, event.outcome) for event in events] == [("acme", "ok")]
    with use_tenant("globex"):
        SharedFileView.as_view()(asking(STRANGER), token=token)
    assert events[1].outcome == "refused"


def test_server_of_the_projects_own_is_told_of(memory: Any, events: list[Event]) -> None:
    class Server:
        def serve(self, _file: Any) -> HttpResponse:
            return HttpResponse(b"made elsewhere")

    view = PrivateStorageView.as_view(storage=memory, server_class=Server)
    with use_tenant("acme"):
        view(asking(), path="a.bin")
    assert told(events) == [("ok", 0)]


def test_an_answer_that_fails_is_told_of_once(memory: Any, events: list[Event]) -> None:
    class View(PrivateStorageView):
        def serve_file(self, private_file: Any) -> Any:
            super().serve_file(private_file).close()
            raise ValueError("after the body has begun")

    with use_tenant("acme"):
        memory.save("a.bin", ContentFile(DATA))
        with pytest.raises(ValueError, match="body"):
            View.as_view(storage=memory)(asking(), path="a.bin")
    assert len(told(events)) == 1


@pytest.fixture
def proxied(
    minio_server: Any, use_storages: Callable[..., None], new_bucket: Callable[[str], str]
) -> Iterator[tuple[Any, FaultyProxy]]:
    proxy = FaultyProxy(minio_server.endpoint)
    use_storages(plain=entry(minio_server))
    bucket = new_bucket("plain")
    use_storages(plain=entry(minio_server, bucket=bucket, endpoint=proxy.endpoint, retries=0))
    storages["plain"].save("a.bin", ContentFile(DATA))
    yield storages["plain"], proxy
    proxy.close()


def test_a_cluster_that_breaks_off_is_told_of(
    proxied: tuple[Any, FaultyProxy], events: list[Event]
) -> None:
    storage, proxy = proxied
    fates = ["cut", "lose answer", "lose answer"]
    proxy.fault = lambda _head: fates.pop(0) if fates else None
    answer = get(storage, "a.bin")
    with pytest.raises(BackendUnavailableError):
        body(answer)
    answer.close()
    [(outcome, size)] = told(events)
    assert outcome == "unavailable"
    assert size < len(DATA)


def test_seconds_are_those_of_the_work_and_not_of_the_browser(
    memory: Any, events: list[Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr("tenant_minio.events.hook.perf_counter", lambda: clock.now)

    class View(PrivateStorageView):
        def can_access_file(self, private_file: Any) -> bool:
            clock.now += 2.0
            return True

    with use_tenant("acme"):
        memory.save("a.bin", ContentFile(DATA))
        answer: Any = View.as_view(storage=memory)(asking(), path="a.bin")
    clock.now += 100.0
    body(answer)
    answer.close()
    assert [event.seconds for event in events] == [2.0]


def test_refusals_are_counted_by_prometheus(memory: Any, override: Callable[..., None]) -> None:
    registry = CollectorRegistry()
    override(TENANT_MINIO={"SUBSCRIBERS": [Metrics(registry, by_tenant=False)]})
    with use_tenant("acme"):
        get(memory, "a.bin", STRANGER)
    given = {"operation": "download", "backend": "eu", "error_type": "refused"}
    assert registry.get_sample_value("tenant_minio_operation_duration_seconds_count", given) == 1

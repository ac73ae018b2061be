"""Operations as spans."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.semconv._incubating.attributes import aws_attributes
from opentelemetry.semconv.attributes import error_attributes

from tenant_minio import use_tenant
from tenant_minio.backends.memory import MemoryBackend
from tenant_minio.backends.write_options import PART_SIZE
from tenant_minio.contrib.otel import Spans
from tenant_minio.events import Event, Outcome, emit
from tenant_minio.exceptions import ObjectNotFoundError
from tests.conftest import MEMORY

Tracing = tuple[Any, InMemorySpanExporter]


@pytest.fixture
def tracing(subscribe: Callable[..., None]) -> Iterator[Tracing]:
    """A tracer of the application, and the spans that have ended."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    subscribe(Spans(provider))
    yield provider.get_tracer("shop"), exporter
    provider.shutdown()


@pytest.fixture
def storage(use_storages: Callable[..., None]) -> Any:
    use_storages(plain={**MEMORY, "OPTIONS": {"bucket": "media"}})
    return storages["plain"]


def test_a_span_has_the_names_of_the_conventions(routed: Any, tracing: Tracing) -> None:
    with use_tenant("acme"):
        routed.save("a.txt", ContentFile(b"12345"))
        bucket = routed.route().bucket
    [span] = tracing[1].get_finished_spans()
    assert span.name == "save eu"
    assert span.kind is trace.SpanKind.CLIENT
    assert dict(span.attributes) == {
        aws_attributes.AWS_S3_BUCKET: bucket,
        "tenant_minio.backend": "eu",
        "tenant_minio.bytes": 5,
        "tenant_minio.operation": "save",
        "tenant_minio.tenant": "acme",
    }
    assert span.status.status_code is trace.StatusCode.UNSET
    assert span.instrumentation_scope.name == "tenant_minio"


def test_a_failed_operation_is_an_error_without_the_name_of_the_file(
    storage: Any, tracing: Tracing
) -> None:
    with pytest.raises(ObjectNotFoundError):
        storage.size("Jane Doe.pdf")
    [span] = tracing[1].get_finished_spans()
    assert span.attributes[error_attributes.ERROR_TYPE] == "not_found"
    assert span.status.status_code is trace.StatusCode.ERROR
    assert "Jane" not in span.to_json()


def test_the_span_stands_between_the_caller_and_the_requests(
    storage: Any, tracing: Tracing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the threads that send parts, too."""
    tracer, exporter = tracing
    seen: list[tuple[str, Any]] = []
    real = MemoryBackend.put_part

    def put_part(*args: Any, **kwargs: Any) -> Any:
        seen.append((threading.current_thread().name, trace.get_current_span()))
        return real(*args, **kwargs)

    monkeypatch.setattr(MemoryBackend, "put_part", put_part)
    with tracer.start_as_current_span("request") as request:
        storage.save("a", ContentFile(b"x" * PART_SIZE * 2))
        assert trace.get_current_span() is request
    save, _request = exporter.get_finished_spans()
    assert save.parent.span_id == request.get_span_context().span_id
    assert len(seen) == 2
    assert threading.current_thread().name not in {name for name, _span in seen}
    assert {span.get_span_context().span_id for _name, span in seen} == {save.context.span_id}


def test_an_open_file_is_a_child_of_what_opened_it(storage: Any, tracing: Tracing) -> None:
    """Closed elsewhere and later, as a streaming response is; and never the current span."""
    tracer, exporter = tracing
    storage.save("a", ContentFile(b"123"))
    exporter.clear()
    with tracer.start_as_current_span("request") as request:
        file = storage.open("a")
        assert trace.get_current_span() is request

    def stream() -> None:
        with tracer.start_as_current_span("elsewhere"):
            file.read()
            file.close()

    thread = threading.Thread(target=stream)
    thread.start()
    thread.join()
    spans = {span.name: span for span in exporter.get_finished_spans()}
    assert set(spans) == {"request", "elsewhere", "read plain"}
    assert spans["read plain"].parent.span_id == request.get_span_context().span_id
    assert spans["read plain"].attributes["tenant_minio.bytes"] == 3
    assert spans["read plain"].end_time >= spans["request"].end_time


async def test_tasks_do_not_mix_their_spans(storage: Any, tracing: Tracing) -> None:
    tracer, exporter = tracing

    async def request(number: int) -> None:
        with tracer.start_as_current_span(f"request {number}"):
            await asyncio.sleep(0)
            await sync_to_async(storage.save)(f"f{number}", ContentFile(b"x" * number))
            storage.exists(f"f{number}")

    await asyncio.gather(*(request(number) for number in range(5)))
    spans = exporter.get_finished_spans()
    names = {span.context.span_id: span.name for span in spans}
    saved = {
        names[span.parent.span_id]: span.attributes["tenant_minio.bytes"]
        for span in spans
        if span.name == "save plain"
    }
    assert saved == {f"request {number}": number for number in range(5)}
    parents = [names[span.parent.span_id] for span in spans if span.name == "exists plain"]
    assert sorted(parents) == sorted(saved)


def test_what_is_told_afterwards_has_its_own_times(tracing: Tracing) -> None:
    emit(Event("download", None, "acme", None, Outcome.DENIED, 2.5))
    [span] = tracing[1].get_finished_spans()
    assert span.name == "download"
    assert span.end_time - span.start_time >= 2.5e9
    assert "aws.s3.bucket" not in span.attributes


def test_without_an_sdk_nothing_happens(storage: Any, subscribe: Callable[..., None]) -> None:
    subscribe("tenant_minio.contrib.otel.spans")
    storage.save("a", ContentFile(b"1"))
    assert storage.open("a").read() == b"1"

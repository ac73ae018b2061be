"""Operations as metrics."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import override_settings
from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from tenant_minio import use_tenant
from tenant_minio.checks import check_settings
from tenant_minio.contrib import prometheus
from tenant_minio.events import Event, Outcome, emit
from tenant_minio.exceptions import ObjectNotFoundError


@pytest.fixture(autouse=True)
def _own_registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The default registry takes a metric once in a process."""
    monkeypatch.setattr(prometheus, "REGISTRY", CollectorRegistry())
    prometheus._made.clear()
    yield
    prometheus._made.clear()


def shown() -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """What Prometheus would scrape, as it reads it."""
    from prometheus_client import generate_latest

    text = generate_latest(prometheus.REGISTRY).decode()
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if not sample.name.endswith(("_bucket", "_created", "_seconds_sum"))
    }


def labels(**given: str) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(given.items()))


def work(routed: Any) -> None:
    for tenant, content in (("acme", b"12345"), ("globex", b"1")):
        with use_tenant(tenant):
            routed.save("a.txt", ContentFile(content))
            with pytest.raises(ObjectNotFoundError):
                routed.size("none")


def test_operations_are_counted_without_their_tenants(
    routed: Any, subscribe: Callable[..., None]
) -> None:
    subscribe("tenant_minio.contrib.prometheus.record")
    work(routed)
    count = "tenant_minio_operation_duration_seconds_count"
    assert shown() == {
        (count, labels(operation="save", backend="eu", error_type="")): 2,
        (count, labels(operation="size", backend="eu", error_type="not_found")): 2,
        ("tenant_minio_operation_io_bytes_total", labels(operation="save", backend="eu")): 6,
    }


def test_the_tenant_is_a_label_only_where_that_is_asked_for(
    routed: Any, subscribe: Callable[..., None]
) -> None:
    subscribe("tenant_minio.contrib.prometheus.record_by_tenant")
    work(routed)
    found = {
        key: value for key, value in shown().items() if dict(key[1]).get("operation") == "save"
    }
    count = "tenant_minio_operation_duration_seconds_count"
    total = "tenant_minio_operation_io_bytes_total"
    where = {"operation": "save", "backend": "eu"}
    assert found == {
        (count, labels(**where, tenant="acme", error_type="")): 1,
        (count, labels(**where, tenant="globex", error_type="")): 1,
        (total, labels(**where, tenant="acme")): 5,
        (total, labels(**where, tenant="globex")): 1,
    }


def test_times_are_in_seconds() -> None:
    prometheus.record(Event("save", "eu", None, None, Outcome.OK, 0.3))
    found = prometheus.REGISTRY.get_sample_value
    where = {"operation": "save", "backend": "eu", "error_type": ""}
    name = "tenant_minio_operation_duration_seconds"
    assert found(f"{name}_sum", where) == pytest.approx(0.3)
    assert found(f"{name}_bucket", {**where, "le": "0.1"}) == 0
    assert found(f"{name}_bucket", {**where, "le": "0.5"}) == 1


def test_an_event_of_no_backend_is_counted() -> None:
    prometheus.record_by_tenant(Event("download", None, None, None, Outcome.DENIED, 0.3))
    where = {"operation": "download", "backend": "", "tenant": "", "error_type": "denied"}
    name = "tenant_minio_operation_duration_seconds_count"
    assert prometheus.REGISTRY.get_sample_value(name, where) == 1


def test_first_events_of_several_threads_are_all_counted(
    subscribe: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Each finds no metrics yet; the registry takes them once."""
    own, threads = prometheus.Histogram, 4
    begun = threading.Barrier(threads + 1)

    def slow(*args: Any, **kwargs: Any) -> Any:
        begun.wait(10)
        # No other thread that has begun may get here meanwhile.
        time.sleep(0.05)
        return own(*args, **kwargs)

    def tell() -> None:
        if threading.current_thread() is not running[0]:
            begun.wait(10)
        emit(Event("save", "eu", None, None, Outcome.OK, 0.1))

    monkeypatch.setattr(prometheus, "Histogram", slow)
    subscribe("tenant_minio.contrib.prometheus.record")
    running = [threading.Thread(target=tell) for _ in range(threads + 1)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    where = {"operation": "save", "backend": "eu", "error_type": ""}
    name = "tenant_minio_operation_duration_seconds_count"
    assert prometheus.REGISTRY.get_sample_value(name, where) == threads + 1
    assert caplog.records == []


def test_nothing_is_registered_by_an_import() -> None:
    assert not [metric for metric in REGISTRY.collect() if "tenant_minio" in metric.name]


def test_a_package_that_is_not_installed_is_named_with_its_extra(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module, path, missing in (
        ("prometheus_client", "tenant_minio.contrib.prometheus", "record"),
        ("opentelemetry", "tenant_minio.contrib.otel", "spans"),
    ):
        monkeypatch.setitem(sys.modules, module, None)
        monkeypatch.delitem(sys.modules, path, raising=False)
        with override_settings(TENANT_MINIO={"SUBSCRIBERS": [f"{path}.{missing}"]}):
            [problem] = check_settings()
        assert problem.id == "tenant_minio.E011"
        assert f"pip install '.[{path.rpartition('.')[2]}]'" in problem.msg

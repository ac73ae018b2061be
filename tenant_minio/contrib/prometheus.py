"""Metrics of all operations, for prometheus-client (the extra ``prometheus``).

Name one of the two functions in ``TENANT_MINIO["SUBSCRIBERS"]``. The metrics stand in the default
registry of prometheus-client, so whatever shows that shows them, in its multiprocess mode too.

Where the names come from:

- ``tenant_minio_operation_duration_seconds``: a metric ``tenant_minio.operation.duration`` in
  seconds, as Prometheus spells it. One histogram has successes and failures, and the label
  ``error_type`` (``error.type``) is empty where all went well, which to Prometheus is as if it were
  not there. https://opentelemetry.io/docs/specs/semconv/general/recording-errors/
- Its buckets are those that ``db.client.operation.duration`` recommends, since small files take as
  long as rows. https://opentelemetry.io/docs/specs/semconv/db/database-metrics/
- ``tenant_minio_operation_io_bytes_total``: ``io`` is the word for a flow of data that has a
  direction, which here the operation tells. https://opentelemetry.io/docs/specs/semconv/general/naming/
"""

from __future__ import annotations

import threading

from tenant_minio.events import Event, Outcome

try:
    from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram
except ImportError as error:
    raise ImportError(
        "prometheus-client is not installed. In a clone of tenant_minio's repository: "
        "python -m pip install '.[prometheus]'"
    ) from error

_SECONDS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10)


class Metrics:
    """A subscriber that counts operations, their times and their bytes.

    Args:
        registry: of prometheus-client; each takes these metrics once.
        by_tenant: whether the tenant is a label. Prometheus keeps all series of each tenant (12 for
            each operation and outcome), so this is for few tenants.
    """

    def __init__(self, registry: CollectorRegistry, *, by_tenant: bool) -> None:
        self._by_tenant = by_tenant
        labels = ["operation", "backend", *(["tenant"] if by_tenant else [])]
        self._duration = Histogram(
            "tenant_minio_operation_duration_seconds",
            "How long operations of storages held their caller.",
            [*labels, "error_type"],
            buckets=_SECONDS,
            registry=registry,
        )
        self._io = Counter(
            "tenant_minio_operation_io_bytes_total",
            "Bytes of content that operations of storages stored or read.",
            labels,
            registry=registry,
        )

    def __call__(self, event: Event) -> None:
        labels = [event.operation, event.backend or ""]
        if self._by_tenant:
            labels.append(event.tenant or "")
        failed = "" if event.outcome is Outcome.OK else event.outcome
        self._duration.labels(*labels, failed).observe(event.seconds)
        if event.bytes:
            self._io.labels(*labels).inc(event.bytes)


_made: dict[bool, Metrics] = {}
_lock = threading.Lock()


def _default(*, by_tenant: bool) -> Metrics:
    """Those of the default registry, which takes them once; first events may meet in threads."""
    metrics = _made.get(by_tenant)
    if metrics is None:
        with _lock:
            metrics = _made.get(by_tenant)
            if metrics is None:
                metrics = _made[by_tenant] = Metrics(REGISTRY, by_tenant=by_tenant)
    return metrics


def record(event: Event) -> None:
    """Count an event, without its tenant."""
    _default(by_tenant=False)(event)


def record_by_tenant(event: Event) -> None:
    """Count an event, with its tenant as a label; see :class:`Metrics`."""
    _default(by_tenant=True)(event)

"""Spans of all operations, for OpenTelemetry (the extra ``otel``).

Name ``tenant_minio.contrib.otel.spans`` in ``TENANT_MINIO["SUBSCRIBERS"]``. It speaks to the API
only: which SDK and exporter there are is the project's choice, and without one nothing happens.

Where the names come from:

- kind ``CLIENT`` and ``aws.s3.bucket``: the conventions for S3.
  https://opentelemetry.io/docs/specs/semconv/object-stores/s3/
  Not taken from there: ``rpc.system`` and ``rpc.method``, since an operation may be several
  requests or none, and ``aws.s3.key``, since names of files may be personal.
- the span's name, ``save eu``: "{operation} {target}" with few values, as for databases.
  https://opentelemetry.io/docs/specs/semconv/db/database-spans/
- ``error.type``, status ``ERROR``, and no event with the exception (its text has the file's name).
  https://opentelemetry.io/docs/specs/semconv/general/recording-errors/
- ``tenant_minio.*``: what no convention has a word for stands below the package's own name.
  https://opentelemetry.io/docs/specs/semconv/general/naming/
"""

from __future__ import annotations

from collections.abc import Callable
from time import time_ns

from tenant_minio import __version__
from tenant_minio.events import Begun, Event, Operation, Outcome

try:
    from opentelemetry import context, trace
except ImportError as error:
    raise ImportError(
        "opentelemetry-api is not installed. In a clone of tenant_minio's repository: "
        "python -m pip install '.[otel]'"
    ) from error

_INTERNAL = trace.SpanKind.INTERNAL


class Spans:
    """A subscriber that puts a span around each operation.

    The span is the current one meanwhile, so that those of an instrumented urllib3 stand below it.
    That of an open file is not, since the caller goes on: it is the child of what was current at
    ``open()``, wherever the file is closed.

    Args:
        provider: of tracers; the global one if None, whenever that is set.
    """

    def __init__(self, provider: trace.TracerProvider | None = None) -> None:
        self._tracer = trace.get_tracer("tenant_minio", __version__, provider)

    def begin(self, begun: Begun) -> Callable[[Event], None]:
        span = self._start(begun)
        if begun.outlives_call:
            return lambda event: _end(span, event)
        token = context.attach(trace.set_span_in_context(span))

        def end(event: Event) -> None:
            context.detach(token)
            _end(span, event)

        return end

    def __call__(self, event: Event) -> None:
        """A span for what is over already."""
        _end(self._start(event, time_ns() - int(event.seconds * 1e9)), event)

    def _start(self, about: Begun | Event, start_time: int | None = None) -> trace.Span:
        attributes = {
            "tenant_minio.operation": str(about.operation),
            "tenant_minio.backend": about.backend,
            "tenant_minio.tenant": about.tenant,
            "aws.s3.bucket": about.bucket,
        }
        return self._tracer.start_span(
            f"{about.operation} {about.backend}" if about.backend else str(about.operation),
            # What a download reads from a cluster has a span beside it.
            kind=_INTERNAL if about.operation == Operation.DOWNLOAD else trace.SpanKind.CLIENT,
            attributes={key: value for key, value in attributes.items() if value is not None},
            start_time=start_time,
        )


def _end(span: trace.Span, event: Event) -> None:
    span.set_attribute("tenant_minio.bytes", event.bytes)
    if event.outcome is not Outcome.OK:
        span.set_attribute("error.type", str(event.outcome))
        # A rule that refuses works as it should.
        if event.outcome is not Outcome.REFUSED:
            span.set_status(trace.StatusCode.ERROR)
    span.end()


spans = Spans()

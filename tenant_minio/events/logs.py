"""A subscriber that writes events into the log ``tenant_minio``.

The fields stand in ``extra``, so that a formatter of JSON has them each by itself. Their names
begin with ``tenant_minio_``, since ``extra`` may name nothing that a record has already.
"""

from __future__ import annotations

import logging

from tenant_minio.events.event import Event
from tenant_minio.events.outcome import Outcome

_logger = logging.getLogger("tenant_minio")

# What happens in the life of every application.
_QUIET = frozenset(
    {Outcome.OK, Outcome.NOT_FOUND, Outcome.EXISTS, Outcome.REFUSED, Outcome.ABORTED}
)


def log(event: Event) -> None:
    """Write an event: as DEBUG where all went as it may, else as WARNING."""
    level = logging.DEBUG if event.outcome in _QUIET else logging.WARNING
    if not _logger.isEnabledFor(level):
        return
    _logger.log(
        level,
        "%s on backend %r for %s: %s",
        event.operation,
        event.backend,
        "no tenant" if event.tenant is None else f"tenant {event.tenant!r}",
        event.outcome,
        extra={
            "tenant_minio_operation": str(event.operation),
            "tenant_minio_backend": event.backend,
            "tenant_minio_tenant": event.tenant,
            "tenant_minio_bucket": event.bucket,
            "tenant_minio_outcome": str(event.outcome),
            "tenant_minio_seconds": event.seconds,
            "tenant_minio_bytes": event.bytes,
        },
    )

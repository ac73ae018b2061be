"""SEEN FROM OUTSIDE: one event for each operation, for whoever subscribes."""

from tenant_minio.events.event import Begun, Event, Operation
from tenant_minio.events.hook import UNWATCHED, Watch, emit, watch
from tenant_minio.events.outcome import Outcome, outcome_of

__all__ = [
    "UNWATCHED",
    "Begun",
    "Event",
    "Operation",
    "Outcome",
    "Watch",
    "emit",
    "outcome_of",
    "watch",
]

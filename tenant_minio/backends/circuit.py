"""What there is to say of circuit breakers, and who is told of their changes."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

logger = logging.getLogger("tenant_minio.breaker")


class State(StrEnum):
    """Closed: requests go. Open: none goes. Half-open: one trial is under way, and no request."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


class Traffic(StrEnum):
    """The requests that a breaker is about: a cluster may fail to write, and still be read."""

    READS = "reads"
    WRITES = "writes"


@dataclass(frozen=True, slots=True)
class Change:
    """A breaker has changed its state.

    Args:
        alias: of the backend.
        traffic: the requests that it is about.
        old, new: the states.
        cause: the last failure, where ``new`` is open; else empty.
    """

    alias: str
    traffic: Traffic
    old: State
    new: State
    cause: str


# Told of every change, in the thread that saw it: they return at once.
listeners: list[Callable[[Change], None]] = []


def tell(change: Change) -> None:
    """Log a change, and tell the listeners."""
    if change.old is change.new:  # another trial, in place of one that was given up
        return
    match change.new:
        case State.OPEN:
            again = "still" if change.old is State.HALF_OPEN else "now"
            logger.warning(
                "%s is %s sent no %s: %s", change.alias, again, change.traffic, change.cause
            )
        case State.CLOSED:
            logger.info("%s is sent %s again", change.alias, change.traffic)
    for listener in listeners:
        try:
            listener(change)
        except Exception:  # a fault in whoever listens is no fault of the cluster
            logger.exception("A listener failed on %r", change)

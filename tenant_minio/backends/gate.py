"""What a request passes before it leaves for its cluster: a circuit breaker and the bulkhead."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import TypeVar

from tenant_minio.backends.breaker import Breaker
from tenant_minio.backends.breakers import Breakers
from tenant_minio.backends.bulkhead import Bulkhead
from tenant_minio.backends.circuit import Traffic
from tenant_minio.backends.errors import outage_of, status_of
from tenant_minio.backends.options import BackendOptions
from tenant_minio.backends.outage import Evidence
from tenant_minio.exceptions import BackendBusyError

_Answer = TypeVar("_Answer")

_is_repetition: ContextVar[bool] = ContextVar("tenant_minio_is_repetition", default=False)


def repeated(attempt: Callable[[], _Answer]) -> _Answer:
    """Make another attempt at what has failed and was counted so: a failure is counted once."""
    token = _is_repetition.set(True)
    try:
        return attempt()
    finally:
        _is_repetition.reset(token)


class Gate:
    """Of one backend, in one process. Safe to use from many threads.

    A request holds its place until its headers have come, so an open reader holds none; what is
    read at once, such as a listing, until it is whole.

    Args:
        alias: of the backend.
        options: see :class:`BackendOptions`.
        trial: asks whether the cluster serves such requests; see :class:`Breaker`.
        timer: seconds, monotonic.
    """

    def __init__(
        self,
        alias: str,
        options: BackendOptions,
        trial: Callable[[Traffic], str],
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._alias = alias
        self._options = options
        self.breakers = Breakers.make(
            alias,
            limit=options.breaker_failures,
            reset=options.breaker_reset,
            # No trial takes so long where the time limits hold.
            patience=max(options.breaker_reset, options.connect_timeout + options.read_timeout / 4),
            trial=trial,
            timer=timer,
        )
        self._timer = timer
        self._bulkhead = self._new_bulkhead()
        self._thread = threading.local()

    def _new_bulkhead(self) -> Bulkhead | None:
        options = self._options
        if not options.max_concurrent:
            return None
        return Bulkhead(options.max_concurrent, options.max_concurrent_wait, self._timer)

    def forget(self) -> None:
        """In a forked child: the parent's requests are none of its own."""
        self.breakers.forget()
        self._bulkhead = self._new_bulkhead()
        self._thread = threading.local()

    def send(
        self,
        request: Callable[[], _Answer],
        target: str,
        traffic: Traffic = Traffic.WRITES,
        *,
        patient: bool = False,
    ) -> _Answer:
        """Make a request, unless the cluster is known to fail or has enough to do.

        Args:
            request: makes it, and raises what the client raises.
            target: what it is about, for errors.
            traffic: which breaker it passes.
            patient: it goes on with something that has begun, such as an upload, and so waits as
                long for its place as it would for an answer.

        Raises:
            CircuitOpenError: nothing was sent, since the cluster fails.
            BackendBusyError: nothing was sent, since no place became free.
        """
        own, other = self.breakers.reads, self.breakers.writes
        if traffic is Traffic.WRITES:
            own, other = other, own
        era = own.enter(target)
        bulkhead = self._bulkhead
        # A key that is asked for in the middle of a request is asked for in the request's place.
        if bulkhead is None or getattr(self._thread, "has_place", False):
            return _judged(request, own, era, other)
        if not bulkhead.enter(self._options.read_timeout if patient else None):
            raise BackendBusyError(
                f"{target}: {self._options.max_concurrent} requests to {self._alias!r} are under "
                f"way already ('max_concurrent'), and no place became free in time. Nothing was "
                f"sent. Try again."
            )
        self._thread.has_place = True
        try:
            # It may have opened meanwhile.
            return _judged(request, own, own.enter(target), other)
        finally:
            self._thread.has_place = False
            bulkhead.leave()


def _judged(request: Callable[[], _Answer], own: Breaker, era: int, other: Breaker) -> _Answer:
    """Make a request, and tell the breakers what it says of those to come."""
    other_era = other.era
    try:
        answer = request()
    except BaseException as error:
        if outage := outage_of(error):
            if not _is_repetition.get():
                own.failed(era, outage)
                if outage.evidence is Evidence.NO_ANSWER:
                    other.failed(other_era, outage)
        elif status_of(error) is not None:
            _tell_of_answer(own, era, other, other_era)
        raise
    if own.row or other.row:
        _tell_of_answer(own, era, other, other_era)
    return answer


def _tell_of_answer(own: Breaker, era: int, other: Breaker, other_era: int) -> None:
    own.succeeded(era)
    other.reached(other_era)

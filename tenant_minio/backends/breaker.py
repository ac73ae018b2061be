"""When a cluster that fails again and again is no longer asked, and when it is tried again.

A circuit breaker (https://martinfowler.com/bliki/CircuitBreaker.html): no I/O of its own, and no
thread. docs/architecture.md says why it is no library's.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from tenant_minio.exceptions import CircuitOpenError

logger = logging.getLogger("tenant_minio.breaker")


class State(StrEnum):
    """Closed: requests go. Open: none goes. Half-open: one trial is under way, and no request."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


@dataclass(frozen=True, slots=True)
class Change:
    """A breaker has changed its state.

    Args:
        alias: of the backend.
        old, new: the states.
        cause: the last failure, where ``new`` is open; else empty.
    """

    alias: str
    old: State
    new: State
    cause: str


@dataclass(frozen=True, slots=True)
class BreakerStatus:
    """A breaker at one moment. Times are in seconds.

    Args:
        state: closed, open or half-open.
        failures: in a row, up to now.
        open_seconds: since requests were last let through; 0 while they are.
        retry_seconds: until a trial may be made; 0 where nothing has to be waited for.
        cause: the last failure; empty once a request has succeeded.
    """

    state: State
    failures: int
    open_seconds: float
    retry_seconds: float
    cause: str


# Told of every change, in the thread that saw it: they return at once.
listeners: list[Callable[[Change], None]] = []


class Breaker:
    """Of one backend, in one process. Safe to use from many threads.

    Every request enters, and says what became of it by the era in which it did: an answer that
    began before the last change says nothing about the state since.

    Args:
        alias: of the backend.
        limit: failures in a row that open it; 0 for never.
        reset: seconds from there to the trial, and from one trial to the next.
        timer: seconds, monotonic.
    """

    def __init__(
        self,
        alias: str,
        *,
        limit: int,
        reset: float,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self.alias = alias
        self._limit = limit
        self._reset = reset
        self._timer = timer
        self._era = 0
        self._begin()

    def _begin(self) -> None:
        self._lock = threading.Lock()
        self._state = State.CLOSED
        self._failures = 0
        self._cause = ""
        self._opened_at = 0.0
        self._retry_at = 0.0

    def forget(self) -> None:
        """In a forked child: begin anew. Another thread of the parent may have held the lock."""
        self._begin()

    @property
    def state(self) -> State:
        return self._state

    def status(self) -> BreakerStatus:
        """The state, and how it came to it."""
        with self._lock:
            is_closed = self._state is State.CLOSED
            now = self._timer()
            return BreakerStatus(
                state=self._state,
                failures=self._failures,
                open_seconds=0.0 if is_closed else now - self._opened_at,
                retry_seconds=0.0 if is_closed else max(0.0, self._retry_at - now),
                cause=self._cause,
            )

    def enter(self, target: str, trial: Callable[[], str]) -> int:
        """Let a request go, and return the era in which it goes.

        When it is time to try again, the first to come makes the trial, and nobody else.

        Args:
            target: what the request is about, for the error.
            trial: asks the cluster something short; returns why it is no good, or nothing.

        Raises:
            CircuitOpenError: the request does not go.
        """
        if self.state is State.CLOSED:  # without the lock: this is where every request passes
            return self._era
        with self._lock:
            if self._state is State.CLOSED:
                return self._era
            if self._state is State.HALF_OPEN or self._timer() < self._retry_at:
                raise self._refusal(target)
            change = self._turn(State.HALF_OPEN)
            era = self._era
        _tell(change)
        cause = "the trial was broken off"
        try:
            cause = trial()
        finally:
            self._end_trial(era, cause)
        if cause:
            with self._lock:
                raise self._refusal(target)
        return self._era

    def _end_trial(self, era: int, cause: str) -> None:
        with self._lock:
            if era != self._era:
                return
            change = self._turn(State.OPEN, cause) if cause else self._turn(State.CLOSED)
        _tell(change)

    def succeeded(self, era: int) -> None:
        """A request was answered, with whatever but a failure of the cluster."""
        if not self._failures:
            return
        with self._lock:
            if era == self._era and self._state is State.CLOSED:
                self._failures = 0
                self._cause = ""

    def failed(self, era: int, cause: str) -> None:
        """The cluster failed a request; ``cause`` says how, after "it"."""
        with self._lock:
            if era != self._era or self._state is not State.CLOSED or not self._limit:
                return
            self._failures += 1
            self._cause = cause
            if self._failures < self._limit:
                return
            self._opened_at = self._timer()
            change = self._turn(State.OPEN, cause)
        _tell(change)

    def close(self) -> None:
        """Somebody has asked the cluster meanwhile, and it was well."""
        with self._lock:
            if self._state is State.CLOSED:
                return
            change = self._turn(State.CLOSED)
        _tell(change)

    def _turn(self, new: State, cause: str = "") -> Change:
        old, self._state = self._state, new
        self._era += 1
        if new is State.OPEN:
            self._retry_at = self._timer() + self._reset
            self._cause = cause
        elif new is State.CLOSED:
            # What answers a short question may still fail requests: the first one opens it again.
            self._failures = self._limit - 1
        return Change(self.alias, old, new, cause)

    def _refusal(self, target: str) -> CircuitOpenError:
        now = self._timer()
        open_seconds, retry_seconds = now - self._opened_at, max(0.0, self._retry_at - now)
        again = f"in {retry_seconds:.1f} s" if self._state is State.OPEN else "right now"
        error = CircuitOpenError(
            f"{target}: {self.alias!r} has been failing for {open_seconds:.1f} s and is not asked "
            f"now. At last, {self._cause}. It is tried again {again}."
        )
        error.open_seconds, error.retry_seconds = open_seconds, retry_seconds
        error.cause = self._cause
        return error


def _tell(change: Change) -> None:
    match change.new:
        case State.OPEN:
            again = "still" if change.old is State.HALF_OPEN else "now"
            logger.warning("%s is %s not asked: %s", change.alias, again, change.cause)
        case State.CLOSED:
            logger.info("%s is asked again", change.alias)
    for listener in listeners:
        try:
            listener(change)
        except Exception:  # a fault in whoever listens is no fault of the cluster
            logger.exception("A listener failed on %r", change)

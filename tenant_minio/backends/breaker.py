"""When a cluster that fails again and again is no longer asked, and when it is tried again.

A circuit breaker (https://martinfowler.com/bliki/CircuitBreaker.html): no I/O of its own, and no
thread. docs/architecture.md says why it is no library's.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from tenant_minio.backends.circuit import Change, State, Traffic, tell
from tenant_minio.backends.outage import Evidence, Outage
from tenant_minio.exceptions import CircuitOpenError


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


class Breaker:
    """Of the reads or the writes of one backend, in one process. Safe to use from many threads.

    Every request enters, and says what became of it by the era in which it did: an answer that
    began before the last change says nothing about the state since.

    Args:
        alias: of the backend.
        traffic: the requests that it is about.
        limit: failures in a row that open it; 0 for never.
        reset: seconds from there to the trial, and from one trial to the next.
        patience: seconds after which a trial without an end is given up, and another is made.
        trial: asks the cluster something short; returns why it is no good, or nothing.
        timer: seconds, monotonic.

    Attributes:
        era: the present one.
        row: what the failures in a row are evidence of; what succeeds concerns it only while
            there are any, which is seen without a call.
    """

    def __init__(
        self,
        alias: str,
        traffic: Traffic,
        *,
        limit: int,
        reset: float,
        patience: float,
        trial: Callable[[], str],
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self.alias = alias
        self.traffic = traffic
        self._limit = limit
        self._reset = reset
        self._patience = patience
        self._trial = trial
        self._timer = timer
        self.era = 0
        self._begin()

    def _begin(self) -> None:
        self._lock = threading.Lock()
        self._state = State.CLOSED
        self.row: tuple[Evidence, ...] = ()
        self._cause = ""
        self._opened_at = 0.0
        self._trial_at = 0.0
        self._doubted_until = 0.0

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
            return BreakerStatus(
                state=self._state,
                failures=len(self.row),
                open_seconds=0.0 if is_closed else self._timer() - self._opened_at,
                retry_seconds=self._retry_seconds(),
                cause=self._cause,
            )

    def enter(self, target: str) -> int:
        """Let a request go, and return the era in which it goes.

        When it is time to try again, the first to come makes the trial, and nobody else.

        Args:
            target: what the request is about, for the error.

        Raises:
            CircuitOpenError: the request does not go.
        """
        if self.state is State.CLOSED:  # without the lock: this is where every request passes
            return self.era
        with self._lock:
            if self._state is State.CLOSED:
                return self.era
            if self._timer() < self._trial_at:
                raise self._refusal(target)
            change = self._turn(State.HALF_OPEN)
            era = self.era
        return self._try(target, change, era)

    def _try(self, target: str, change: Change, era: int) -> int:
        cause = "the trial was broken off"
        try:
            tell(change)
            cause = self._trial()
        finally:
            self._end_trial(era, cause)
        with self._lock:
            if cause or self._state is not State.CLOSED:
                raise self._refusal(target)
            return self.era

    def _end_trial(self, era: int, cause: str) -> None:
        with self._lock:
            if era != self.era:  # it was given up, or somebody else has found the cluster well
                return
            change = self._turn(State.OPEN, cause) if cause else self._turn(State.CLOSED)
        tell(change)

    def succeeded(self, era: int) -> None:
        """A request was answered, with whatever but a failure of the cluster."""
        with self._lock:
            if era == self.era and self._state is State.CLOSED:
                self.row = ()
                self._cause = ""

    def reached(self, era: int) -> None:
        """A request of the other kind was answered so: it takes back that nothing answers."""
        with self._lock:
            if era == self.era and self._state is State.CLOSED:
                self.row = tuple(one for one in self.row if one is not Evidence.NO_ANSWER)

    def failed(self, era: int, outage: Outage) -> None:
        """The cluster failed a request.

        Where the row holds nothing but requests that may have failed by their own fault, the
        trial decides, in this thread.
        """
        with self._lock:
            if era != self.era or self._state is not State.CLOSED or not self._limit:
                return
            self.row = (*self.row, outage.evidence)[-self._limit :]
            self._cause = outage.cause
            if len(self.row) < self._limit:
                return
            if set(self.row) == {Evidence.ONE_REQUEST}:
                now = self._timer()
                if now < self._doubted_until:  # another thread is asking
                    return
                self._doubted_until = now + self._patience
                change = None
            else:
                change = self._turn(State.OPEN, outage.cause)
        if change is None:
            self._doubt(era)
        else:
            tell(change)

    def _doubt(self, era: int) -> None:
        """Ask whether it is the cluster that fails, or what was asked of it; then count anew."""
        cause = None
        try:
            cause = self._trial()
        finally:
            change = self._end_doubt(era, cause)
        if change is not None:
            tell(change)

    def _end_doubt(self, era: int, cause: str | None) -> Change | None:
        """``cause`` is None where the trial was broken off, and says nothing."""
        with self._lock:
            if era != self.era:
                return None
            self._doubted_until = 0.0
            if cause and len(self.row) == self._limit:
                return self._turn(State.OPEN, cause)
            if cause == "":
                self.row = ()
                self._cause = ""
            return None

    def close(self) -> None:
        """Somebody has asked the cluster meanwhile, and it was well."""
        with self._lock:
            if self._state is State.CLOSED:
                return
            change = self._turn(State.CLOSED)
        tell(change)

    def _turn(self, new: State, cause: str = "") -> Change:
        old, self._state = self._state, new
        self.era += 1
        now = self._timer()
        match new:
            case State.OPEN:
                if old is State.CLOSED:
                    self._opened_at = now
                self._trial_at = now + self._reset
                self._cause = cause
            case State.HALF_OPEN:
                self._trial_at = now + self._patience
            case State.CLOSED:
                # What answers a short question may still fail requests: the first one that does
                # opens it again.
                self.row = (Evidence.ONE_REQUEST,) * (self._limit - 1)
                self._doubted_until = 0.0
        return Change(self.alias, self.traffic, old, new, cause)

    def _retry_seconds(self) -> float:
        if self._state is not State.OPEN:
            return 0.0
        return max(0.0, self._trial_at - self._timer())

    def _refusal(self, target: str) -> CircuitOpenError:
        open_seconds, retry_seconds = self._timer() - self._opened_at, self._retry_seconds()
        again = f"in {retry_seconds:.1f} s" if self._state is State.OPEN else "right now"
        error = CircuitOpenError(
            f"{target}: {self.alias!r} has been failing {self.traffic} for {open_seconds:.1f} s "
            f"and gets none now. At last, {self._cause}. It is tried again {again}."
        )
        error.open_seconds, error.retry_seconds = open_seconds, retry_seconds
        error.cause = self._cause
        return error

"""What a request passes before it leaves for its cluster: the circuit breaker and the bulkhead."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

from tenant_minio.backends.breaker import Breaker
from tenant_minio.backends.bulkhead import Bulkhead
from tenant_minio.backends.errors import cause_of_outage, status_of
from tenant_minio.backends.options import BackendOptions
from tenant_minio.exceptions import BackendBusyError

_Answer = TypeVar("_Answer")


class Gate:
    """Of one backend, in one process. Safe to use from many threads.

    A request holds its place until its headers have come, so an open reader holds none; what is
    read at once, such as a listing, until it is whole.

    Args:
        alias: of the backend.
        options: see :class:`BackendOptions`.
        trial: see :meth:`Breaker.enter`.
        timer: seconds, monotonic.
    """

    def __init__(
        self,
        alias: str,
        options: BackendOptions,
        trial: Callable[[], str],
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._alias = alias
        self._options = options
        self._trial = trial
        self.breaker = Breaker(
            alias, limit=options.breaker_failures, reset=options.breaker_reset, timer=timer
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
        self.breaker.forget()
        self._bulkhead = self._new_bulkhead()
        self._thread = threading.local()

    def send(
        self, request: Callable[[], _Answer], target: str, *, patient: bool = False
    ) -> _Answer:
        """Make a request, unless the cluster is known to fail or has enough to do.

        Args:
            request: makes it, and raises what the client raises.
            target: what it is about, for errors.
            patient: it goes on with something that has begun, such as an upload, and so waits as
                long for its place as it would for an answer.

        Raises:
            CircuitOpenError: nothing was sent, since the cluster fails.
            BackendBusyError: nothing was sent, since no place became free.
        """
        era = self.breaker.enter(target, self._trial)
        bulkhead = self._bulkhead
        # A key that is asked for in the middle of a request is asked for in the request's place.
        if bulkhead is None or getattr(self._thread, "has_place", False):
            return self._judged(request, era)
        if not bulkhead.enter(self._options.read_timeout if patient else None):
            raise BackendBusyError(
                f"{target}: {self._options.max_concurrent} requests to {self._alias!r} are under "
                f"way already ('max_concurrent'), and no place became free in time. Nothing was "
                f"sent. Try again."
            )
        self._thread.has_place = True
        try:
            # It may have opened meanwhile.
            return self._judged(request, self.breaker.enter(target, self._trial))
        finally:
            self._thread.has_place = False
            bulkhead.leave()

    def _judged(self, request: Callable[[], _Answer], era: int) -> _Answer:
        try:
            answer = request()
        except BaseException as error:
            if cause := cause_of_outage(error):
                self.breaker.failed(era, cause)
            elif status_of(error) is not None:
                self.breaker.succeeded(era)
            raise
        self.breaker.succeeded(era)
        return answer

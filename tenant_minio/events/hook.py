"""Where operations tell of themselves, and who is told.

A subscriber is a callable that takes an :class:`Event`, when the operation is over. One with a
method ``begin`` is asked at the beginning, with a :class:`Begun`, and answers with what is called
at the end in its place: so a span can stand around what happens meanwhile. What a subscriber
raises is logged (at once, then once a minute with the count), and changes nothing of the operation.

With no subscriber and no receiver of the signal an operation costs two looks at empty lists.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from time import perf_counter
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar

from django.core.signals import setting_changed

from tenant_minio.conf import Subscriber, conf
from tenant_minio.events.complaints import Complaints
from tenant_minio.events.event import Begun, Event
from tenant_minio.events.outcome import Outcome, outcome_of
from tenant_minio.signals import operation_finished

_logger = logging.getLogger("tenant_minio")
_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")

# Those of the settings; None until they are asked for.
_subscribers: tuple[Subscriber, ...] | None = None
# How often the settings have changed.
_changes = 0
_complaints = Complaints()


def _load() -> tuple[Subscriber, ...]:
    """Those of the settings, kept until these change. Raises InvalidBackendError."""
    global _subscribers  # noqa: PLW0603 -- asked for at each operation
    changes = _changes
    found = conf.subscribers
    if changes == _changes:  # else what was read may be of the settings before
        _subscribers = found
    return found


def _follow_settings(*, setting: str, **_kwargs: object) -> None:
    global _changes, _subscribers  # noqa: PLW0603
    if setting == "TENANT_MINIO":
        _changes += 1
        _subscribers = None
        _complaints.forget()


setting_changed.connect(_follow_settings, dispatch_uid="tenant_minio.events")


def _send_signal(event: Event) -> None:
    operation_finished.send_robust(sender=Event, event=event)


def _audience() -> tuple[Subscriber, ...]:
    subscribers = _load() if _subscribers is None else _subscribers
    return (*subscribers, _send_signal) if operation_finished.receivers else subscribers


def _guarded(subscriber: Subscriber, call: Callable[[Any], _Result], about: Any) -> _Result | None:
    """Call a subscriber, whatever it raises."""
    try:
        return call(about)
    except Exception:
        faults = _complaints.due(subscriber)
        if faults is not None:
            _logger.exception(
                "A subscriber of tenant_minio raised (faults since this was last told, which is "
                "once a minute: %d): %r",
                faults,
                subscriber,
            )
        return None


class Watch:
    """One operation that somebody wants to know of.

    As a context manager it is over at the end of the block, with what was raised there. Else
    :meth:`end` says so, and :meth:`measure` what of the time belongs to it.

    Attributes:
        bytes: of content that were stored or given out, so far.
    """

    __slots__ = ("_begun", "_ends", "_seconds", "_started", "bytes")

    def __init__(self, audience: tuple[Subscriber, ...], begun: Begun) -> None:
        self._begun = begun
        self.bytes = 0
        self._seconds = 0.0
        self._started = 0.0
        self._ends: list[tuple[Subscriber, Subscriber]] | None = []
        for subscriber in audience:
            begin = getattr(subscriber, "begin", None)
            end = subscriber if begin is None else _guarded(subscriber, begin, begun)
            if end is not None:
                self._ends.append((subscriber, end))

    def __enter__(self) -> Self:
        self._started = perf_counter()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._seconds = perf_counter() - self._started
        self.end(outcome_of(exc_value))

    def measure(
        self,
        work: Callable[_Arguments, _Result],
        *args: _Arguments.args,
        **kwargs: _Arguments.kwargs,
    ) -> _Result:
        """Do a part of the work, and count its time."""
        started = perf_counter()
        try:
            return work(*args, **kwargs)
        finally:
            self._seconds += perf_counter() - started

    def end(self, outcome: Outcome) -> None:
        """The operation is over; tells it once, however often it is said."""
        ends, self._ends = self._ends, None
        if ends is None:
            return
        begun = self._begun
        event = Event(
            begun.operation,
            begun.backend,
            begun.tenant,
            begun.bucket,
            outcome,
            self._seconds,
            self.bytes,
        )
        # Contexts that were entered one in another are left in the opposite order.
        for subscriber, end in reversed(ends):
            _guarded(subscriber, end, event)


class _Unwatched(Watch):
    """One that nobody wants to know of, so one is enough for all."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__((), Begun("", None, None, None))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        pass

    def measure(
        self,
        work: Callable[_Arguments, _Result],
        *args: _Arguments.args,
        **kwargs: _Arguments.kwargs,
    ) -> _Result:
        return work(*args, **kwargs)

    def end(self, outcome: Outcome) -> None:
        pass


UNWATCHED: Watch = _Unwatched()


def watch(
    operation: str,
    backend: str | None = None,
    tenant: str | None = None,
    bucket: str | None = None,
    *,
    outlives_call: bool = False,
) -> Watch:
    """Watch an operation that begins now; see :class:`Begun`.

    Raises:
        InvalidBackendError: ``TENANT_MINIO["SUBSCRIBERS"]`` is wrong.
    """
    audience = _audience()
    if not audience:
        return UNWATCHED
    return Watch(audience, Begun(operation, backend, tenant, bucket, outlives_call))


def emit(event: Event) -> None:
    """Tell of something that is over already, and that nobody could watch.

    Raises:
        InvalidBackendError: ``TENANT_MINIO["SUBSCRIBERS"]`` is wrong.
    """
    for subscriber in _audience():
        _guarded(subscriber, subscriber, event)

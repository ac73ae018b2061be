"""Looks at the backends again and again, so that whoever asks gets what is known, at once.

Each backend has a thread, so one that hangs delays no news of another. They start when somebody
asks for the first time: a process that serves no health pages asks no cluster.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from time import monotonic, perf_counter

from django.core.signals import setting_changed

from tenant_minio.backends.errors import forget_locals
from tenant_minio.backends.registry import registry
from tenant_minio.conf import conf
from tenant_minio.events import Event, Operation, Outcome, emit
from tenant_minio.exceptions import TenantMinioError
from tenant_minio.health.status import Status, Word

# A look that takes longer means that the backend is down. The package's own clients end before;
# one of the project's own (``http_client``) may have no time limit.
PATIENCE_SECONDS = 10.0

_logger = logging.getLogger("tenant_minio")


@dataclass(frozen=True, slots=True)
class _Seen:
    word: Word
    at: float


class Watcher:
    """Keeps what was last seen of some backends. Safe to ask from many threads.

    Args:
        aliases: of the backends.
        look: says whether one is up, read-only or down, and may take its time.
        interval: seconds between two looks.
        timer: seconds, monotonic.
    """

    def __init__(
        self,
        aliases: Iterable[str],
        look: Callable[[str], Word],
        interval: float,
        timer: Callable[[], float] = monotonic,
    ) -> None:
        self._look = look
        self._interval = interval
        self._timer = timer
        self._stopped = threading.Event()
        self._seen: dict[str, _Seen] = {}
        self._looking_since = dict.fromkeys(aliases, timer())
        self._threads = []
        for alias in self._looking_since:
            name = f"tenant-minio-health-{alias}"
            thread = threading.Thread(target=self._watch, args=(alias,), name=name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def _watch(self, alias: str) -> None:
        while not self._stopped.is_set():
            self._looking_since[alias] = self._timer()
            word = self._seen_now(alias)
            self._seen[alias] = _Seen(word, self._timer())
            self._looking_since[alias] = float("inf")
            self._stopped.wait(self._interval)

    def _seen_now(self, alias: str) -> Word:
        try:
            return self._look(alias)
        except Exception as error:
            # Without its thread the backend would be down until the process ends.
            forget_locals(error)
            _logger.exception("A look at backend %r raised: it counts as down.", alias)
            return Word.DOWN

    def statuses(self) -> Mapping[str, Status]:
        """What is known now, by alias."""
        now = self._timer()
        return {alias: self._status(alias, now) for alias in self._looking_since}

    def _status(self, alias: str, now: float) -> Status:
        seen = self._seen.get(alias)
        age = None if seen is None else now - seen.at
        if now - self._looking_since[alias] > PATIENCE_SECONDS:
            return Status(Word.DOWN, age)
        if seen is None:
            return Status(Word.UNKNOWN, None)
        return Status(seen.word, age)

    def stop(self, patience: float = 0) -> None:
        """Look no more, and wait so many seconds for each look that is under way."""
        self._stopped.set()
        if patience:
            for thread in self._threads:
                thread.join(patience)


def look_at(alias: str) -> Word:
    """Whether a backend can be used; tells of the look as an event."""
    begun = perf_counter()
    try:
        health = registry[alias].health()
        outcome = Outcome.OK if health else Outcome.UNAVAILABLE
        emit(Event(Operation.HEALTH, alias, None, None, outcome, perf_counter() - begun))
    except TenantMinioError:
        return Word.DOWN  # the settings are wrong: operations raise the same
    if health.read_only:
        return Word.READ_ONLY
    return Word.UP if health else Word.DOWN


_watcher: Watcher | None = None
_lock = threading.Lock()


def statuses() -> Mapping[str, Status]:
    """What this process knows of all backends that STORAGES declares. Never waits for them.

    Raises InvalidBackendError where ``HEALTH_INTERVAL`` is wrong.
    """
    global _watcher  # noqa: PLW0603 -- one for the process
    with _lock:
        if _watcher is None:
            # Those with wrong settings have no backend, but their buckets are read.
            _watcher = Watcher(registry.declared.buckets, look_at, conf.health_interval)
        watcher = _watcher
    return watcher.statuses()


def _after_fork() -> None:
    """The threads stayed in the parent."""
    global _watcher, _lock
    _watcher, _lock = None, threading.Lock()


def forget(patience: float = 0) -> None:
    """Begin anew with the next question; see :meth:`Watcher.stop`."""
    global _watcher
    with _lock:
        watcher, _watcher = _watcher, None
    if watcher is not None:
        watcher.stop(patience)


def _follow_settings(*, setting: str, **_kwargs: object) -> None:
    if setting in {"STORAGES", "TENANT_MINIO"}:
        forget()


os.register_at_fork(after_in_child=_after_fork)
setting_changed.connect(_follow_settings, dispatch_uid="tenant_minio.health")

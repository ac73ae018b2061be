"""Faults of subscribers, each told at once and then now and again, so that no log overflows."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from time import monotonic

PAUSE_SECONDS = 60.0


class Complaints:
    """Says when a fault is to be told. Safe to ask from many threads, and after a fork.

    Args:
        timer: seconds, monotonic.
    """

    def __init__(self, timer: Callable[[], float] = monotonic) -> None:
        self._timer = timer
        self._lock = threading.Lock()
        # By who is at fault: when that was told, and how many came since.
        self._told: dict[int, tuple[float, int]] = {}
        os.register_at_fork(after_in_child=self._after_fork)

    def due(self, who: object) -> int | None:
        """How many faults a message is about, this one included; None while none is due."""
        now = self._timer()
        with self._lock:
            told_at, untold = self._told.get(id(who), (float("-inf"), 0))
            if now - told_at < PAUSE_SECONDS:
                self._told[id(who)] = told_at, untold + 1
                return None
            self._told[id(who)] = now, 0
        return untold + 1

    def forget(self) -> None:
        """The settings name others now."""
        with self._lock:
            self._told.clear()

    def _after_fork(self) -> None:
        self._lock = threading.Lock()

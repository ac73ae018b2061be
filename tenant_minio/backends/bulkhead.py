"""How many requests to one cluster may be under way at a time, in one process.

Each holds a thread. Without a bound, those of a cluster that hangs take all there are.
"""

from __future__ import annotations

import threading
from collections.abc import Callable


class Bulkhead:
    """A number of places. Safe to use from many threads.

    Args:
        limit: how many.
        wait: seconds after which a request that found no place is given up. Who waits holds a
            thread too, so nobody waits any more once no place has changed hands for so long.
        timer: seconds, monotonic.
    """

    def __init__(self, limit: int, wait: float, timer: Callable[[], float]) -> None:
        self._places = threading.Semaphore(limit)
        self._wait = wait
        self._timer = timer
        self._moved_at = timer()

    def enter(self, patience: float | None = None) -> bool:
        """Take a place, and say whether there was one.

        Args:
            patience: seconds to wait instead, whatever the others do.
        """
        taken = self._places.acquire(blocking=False) or (
            self._wait_in_line() if patience is None else self._places.acquire(timeout=patience)
        )
        if taken:
            self._moved_at = self._timer()
        return taken

    def leave(self) -> None:
        """Give the place back."""
        self._moved_at = self._timer()
        self._places.release()

    def _wait_in_line(self) -> bool:
        now = self._timer()
        deadline = now + self._wait
        while (left := min(deadline, self._moved_at + self._wait) - now) > 0:
            if self._places.acquire(timeout=left):
                return True
            now = self._timer()
        return False

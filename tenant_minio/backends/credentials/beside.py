"""Work that nobody waits for, in one thread at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Beside:
    """Runs work in a thread that ends with it, and never in two at once.

    The interpreter does not wait for it at its end.

    Args:
        alias: of the backend that it is for; the thread is named after it.
    """

    def __init__(self, alias: str) -> None:
        self._name = f"tenant-minio-key-{alias}"
        self.forget()

    def forget(self) -> None:
        """In a forked child: the thread stayed in the parent."""
        self._busy = threading.Lock()

    def run(self, work: Callable[[], None]) -> threading.Event | None:
        """Begin; what is returned is set when it is done. None where nothing was begun.

        That is where other work is under way, or no thread can be had, as when the interpreter
        ends.
        """
        busy, done = self._busy, threading.Event()
        if not busy.acquire(blocking=False):
            return None

        def run() -> None:
            try:
                work()
            finally:
                busy.release()
                done.set()

        try:
            threading.Thread(target=run, name=self._name, daemon=True).start()
        except RuntimeError:
            busy.release()
            return None
        return done

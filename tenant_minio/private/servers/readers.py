"""Threads that read, as many as reads wait at once and no more."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue


class Readers:
    """A pool of threads that live on, safe to use from many threads.

    ThreadPoolExecutor counts a thread as idle only some time after it has delivered. Whoever asks
    for the next piece as soon as one has come gets another thread each time, up to the most, and
    each keeps memory of its own: some 9 MiB for a single download.

    The threads are daemons, so that a cluster that hangs does not keep the process from ending.

    Args:
        most: how many threads there may be.
        name: what their names begin with.
    """

    def __init__(self, most: int, name: str) -> None:
        self._most = most
        self._name = name
        self._lock = threading.Lock()
        self._threads = 0
        self._unfinished = 0
        self._orders: SimpleQueue[tuple[Future[bytes], Callable[[int], bytes], int]] = SimpleQueue()

    def submit(self, read: Callable[[int], bytes], size: int) -> Future[bytes]:
        """Have ``read(size)`` called by the next thread that is free.

        Raises:
            RuntimeError: the system gives no thread, and there is no other.
        """
        future: Future[bytes] = Future()
        with self._lock:
            self._unfinished += 1
            begins = self._threads < min(self._unfinished, self._most)
            self._threads += begins
        self._orders.put((future, read, size))
        if begins:
            self._begin(future)
        return future

    def _begin(self, wanted_by: Future[bytes]) -> None:
        try:
            threading.Thread(target=self._work, name=self._name, daemon=True).start()
        except RuntimeError:
            with self._lock:
                self._threads -= 1
                alone = self._threads == 0
            if alone and wanted_by.cancel():
                raise

    def _work(self) -> None:
        while True:
            self._do(*self._orders.get())

    def _do(self, future: Future[bytes], read: Callable[[int], bytes], size: int) -> None:
        if not future.set_running_or_notify_cancel():
            self._finished()
            return
        try:
            piece = read(size)
        except BaseException as error:  # noqa: BLE001 -- whoever waits gets it
            self._finished()
            future.set_exception(error)
        else:
            # Before it is delivered: the next order finds this thread.
            self._finished()
            future.set_result(piece)

    def _finished(self) -> None:
        with self._lock:
            self._unfinished -= 1

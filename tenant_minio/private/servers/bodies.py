"""Bodies of answers, made of the pieces of a file, without and within an event loop.

The readers of clusters block. Under ASGI a thread therefore reads one piece and is free again:
a download holds no thread while its browser takes its time. Each cluster has threads of its own,
so that one that hangs keeps no file of another waiting.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future

from asgiref.sync import SyncToAsync
from django.db import connections

from tenant_minio.private.conf import private_setting
from tenant_minio.private.facts import Part
from tenant_minio.private.servers.readers import Readers

# Bytes that are read at once. A download holds one piece, and what urllib3 and the server keep of
# it: less than 2 MiB in all.
PIECE_SIZE = 256 * 1024

_lock = threading.Lock()
_pools: dict[str, Readers] = {}


def _pool(lane: str) -> Readers:
    """The threads that read the files of one cluster, or the local ones."""
    with _lock:
        if lane not in _pools:
            name = f"tenant-minio-read-{lane}"
            _pools[lane] = Readers(private_setting("THREADS"), name)
        return _pools[lane]


def _after_fork() -> None:
    global _lock  # noqa: PLW0603 -- another thread of the parent may hold it
    _lock = threading.Lock()
    _pools.clear()


os.register_at_fork(after_in_child=_after_fork)


def _let_go_of_the_thread() -> None:
    """Give back the thread that the request's plain code ran in: views, sync middleware, rules.

    Django keeps one for each ASGI request until its answer is sent, which here may take hours. All
    of that code is done when a body begins; what comes after its end gets a thread of its own.
    """
    # No promise of asgiref's: without it a download holds its thread, and is sent all the same.
    contexts = getattr(SyncToAsync, "thread_sensitive_context", None)
    executors = getattr(SyncToAsync, "context_to_thread_executor", None)
    if contexts is None or executors is None:
        return
    context = contexts.get(None)
    if context is None or getattr(context, "_executor", None) is not None:
        return  # a test's own thread, which outlives the request
    executor = executors.pop(context, None)
    if executor is not None:
        # The connections of a thread end with it, and not when the request does.
        executor.submit(connections.close_all)
        executor.shutdown(wait=False)


class Pieces:
    """The pieces of a part, for a server that has a thread for each request."""

    def __init__(self, part: Part) -> None:
        self._part = part

    def __iter__(self) -> Iterator[bytes]:
        return iter(lambda: self._part.read(PIECE_SIZE), b"")

    def close(self) -> None:
        """What Django calls at the end, or when the browser has gone."""
        self._part.close()


class AsyncPieces:
    """The pieces of a part, for an event loop."""

    def __init__(self, part: Part) -> None:
        self._part = part
        self._reading: Future[bytes] | None = None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        _let_go_of_the_thread()
        try:
            while True:
                self._reading = _pool(self._part.lane).submit(self._part.read, PIECE_SIZE)
                piece = await asyncio.wrap_future(self._reading)
                if not piece:
                    return
                yield piece
        finally:
            self.close()

    def close(self) -> None:
        """Close the part, once no thread reads from it any more."""
        if self._reading is None:
            self._part.close()
        else:
            # At once where it is done.
            self._reading.add_done_callback(lambda _done: self._part.close())

"""Connections that send a small request in one piece."""

from __future__ import annotations

from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

# Above this a copy costs more than a second system call.
_JOINED_BYTES = 64 * 1024


class _OneSend(HTTPConnection):
    """Holds the head of a request back until its body comes.

    http.client sends them one after the other: two system calls, each of which lets another
    thread have the interpreter, two packets, and a server that wakes up twice.
    """

    _held: bytes | None = None

    def request(self, *args: Any, **kwargs: Any) -> None:
        self._held = b""
        try:
            super().request(*args, **kwargs)
            self._release()
        finally:
            self._held = None

    def send(self, data: Any) -> None:
        held = self._held
        if held is not None:
            if isinstance(data, bytes) and len(held) + len(data) <= _JOINED_BYTES:
                self._held = held + data
                return
            self._release()
        super().send(data)

    def _release(self) -> None:
        held, self._held = self._held, None
        if held:
            super().send(held)


class _OneSendTLS(_OneSend, HTTPSConnection):
    """The same over TLS."""


class _Plain(HTTPConnectionPool):
    ConnectionCls = _OneSend


class _TLS(HTTPSConnectionPool):
    ConnectionCls = _OneSendTLS


POOL_CLASSES = {"http": _Plain, "https": _TLS}

"""A TCP proxy that passes everything on and counts the HTTP requests it sees."""

from __future__ import annotations

import re
import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class CountingProxy:
    """Stands before ``target``; ``seen`` holds the first line of each request, in order."""

    def __init__(self, target: str) -> None:
        host, _, port = target.rpartition(":")
        self._target = (host, int(port))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.endpoint = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.seen: list[str] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _address = self._listener.accept()
                server = socket.create_connection(self._target)
            except OSError:
                return
            for stream in (client, server):
                stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            counter = _Requests(self.seen)
            for pair in ((client, server, counter), (server, client, None)):
                threading.Thread(target=_pass_on, args=pair, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._listener.close()


class _Requests:
    """Finds the requests in what one connection sends. Bodies have a Content-Length, or none."""

    def __init__(self, seen: list[str]) -> None:
        self._seen = seen
        self._head = b""
        self._body_left = 0

    def feed(self, data: bytes) -> None:
        while data:
            skipped = min(self._body_left, len(data))
            self._body_left -= skipped
            self._head += data[skipped:]
            if b"\r\n\r\n" not in self._head:
                return
            head, _, data = self._head.partition(b"\r\n\r\n")
            self._head = b""
            self._seen.append(head.split(b"\r\n")[0].decode())
            length = _LENGTH.search(head)
            self._body_left = int(length[1]) if length else 0


def _pass_on(source: socket.socket, target: socket.socket, counter: _Requests | None) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            if counter is not None:
                counter.feed(data)
            target.sendall(data)
    for stream in (source, target):
        with suppress(OSError):
            stream.shutdown(socket.SHUT_RDWR)
        stream.close()

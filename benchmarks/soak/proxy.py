"""A TCP proxy that can break every connection off, as a load balancer does that is restarted."""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import suppress
from select import select
from types import TracebackType
from typing import Self

# Closing then sends RST, and no FIN (socket(7), SO_LINGER).
_AT_ONCE = struct.pack("ii", 1, 0)
_LOOK_SECONDS = 0.05


class ResettingProxy:
    """Stands before ``target``. Each connection has a thread, which alone closes it."""

    def __init__(self, target: str) -> None:
        host, _, port = target.rpartition(":")
        self._target = (host, int(port))
        self._resets = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.endpoint = f"127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def begin_resets(self) -> None:
        """Reset what is open, and every new connection."""
        self._resets.set()

    def end_resets(self) -> None:
        """Let connections pass again."""
        self._resets.clear()

    def _accept(self) -> None:
        while True:
            try:
                client, _address = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            # Whatever ends this before the client does is a reset to it.
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
            if self._resets.is_set():
                return
            with socket.create_connection(self._target) as server:
                for stream in (client, server):
                    stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                while not self._resets.is_set():
                    for source in select([client, server], [], [], _LOOK_SECONDS)[0]:
                        data = source.recv(65536)
                        if not data:
                            return
                        (server if source is client else client).sendall(data)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._listener.close()
        self.begin_resets()

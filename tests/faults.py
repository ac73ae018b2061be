"""A TCP proxy that loses answers or requests, at the socket."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress

# Enough for an answer, and less than the pause before the next attempt.
LATE_SECONDS = 0.05


class FaultyProxy:
    """Stands before a server; ``fault`` decides the fate of each request.

    ``fault(head)`` sees the first line and headers of a request and answers ``None`` (pass it
    on), ``"lose answer"`` (the server gets and answers it, the client sees the connection end) or
    ``"lose request"`` (the server never sees it), ``"late"`` (the connection ends, and the server
    gets the request once the client has made another), ``"cut"`` (the answer breaks off half way),
    ``"flip request"`` or ``"flip answer"`` (the last byte of its body is another), or the bytes of
    an answer that the server never gave; see :func:`error_answer`. With ``carries_out`` the server
    gets the request all the same.
    """

    carries_out = False

    def __init__(self, target: str, tls: ssl.SSLContext | None = None) -> None:
        host, _, port = target.partition(":")
        self.tls = tls
        self.target = (host, int(port))
        self.fault: Callable[[str], str | bytes | None] = lambda _head: None
        self.heads: list[str] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.endpoint = f"127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _address = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with suppress(OSError):
            if self.tls is not None:
                client = self.tls.wrap_socket(client, server_side=True)
            self._exchange(client)

    def _exchange(self, client: socket.socket) -> None:
        with client:
            while True:
                request = _read_message(client)
                if not request:
                    return
                head = request.partition(b"\r\n\r\n")[0].decode("latin-1")
                self.heads.append(head)
                fate = self.fault(head)
                if fate == "lose request":
                    return
                if isinstance(fate, bytes):
                    if self.carries_out:
                        with socket.create_connection(self.target) as server:
                            server.sendall(request)
                            _read_message(server)
                    client.sendall(fate)
                    continue
                if fate == "late":
                    client.shutdown(socket.SHUT_RDWR)
                    client.close()
                    self._let_be_asked()
                if fate == "flip request":
                    request = _flipped(request)
                # One connection a request: its end is the end of the answer.
                with socket.create_connection(self.target) as server:
                    server.sendall(request)
                    answer = _read_message(server, is_head=head.startswith("HEAD"))
                if fate in {"lose answer", "late"}:
                    return
                if fate == "cut":
                    client.sendall(answer[: len(answer) // 2])
                    return
                client.sendall(_flipped(answer) if fate == "flip answer" else answer)

    def _let_be_asked(self) -> None:
        asked, deadline = len(self.heads), time.monotonic() + 20
        while len(self.heads) == asked and time.monotonic() < deadline:
            time.sleep(0.001)
        time.sleep(LATE_SECONDS)


def error_answer(status: int, code: str) -> bytes:
    """What S3 answers where it fails."""
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>A test.</Message></Error>"
    return (
        f"HTTP/1.1 {status} Fault\r\nContent-Type: application/xml\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


def _flipped(message: bytes) -> bytes:
    head, blank, body = message.partition(b"\r\n\r\n")
    if not body:
        return message
    return head + blank + body[:-1] + bytes([body[-1] ^ 1])


def _read_message(stream: socket.socket, *, is_head: bool = False) -> bytes:
    """One HTTP message with a Content-Length, or a chunked one."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = stream.recv(65536)
        if not piece:
            return data
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
    if is_head or b" 204 " in head.split(b"\r\n")[0]:
        return data
    if fields.get(b"transfer-encoding") == b"chunked":
        while not body.endswith(b"0\r\n\r\n"):
            body += stream.recv(65536)
    else:
        length = int(fields.get(b"content-length", b"0"))
        while len(body) < length:
            piece = stream.recv(65536)
            if not piece:
                break
            body += piece
    return head + b"\r\n\r\n" + body

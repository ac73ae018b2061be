"""A server that answers what a test says, for faults that no real one shows at will."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = tuple[int, dict[str, str], bytes]
MARKED = {"x-amz-request-id": "1"}


class Answering(ThreadingHTTPServer):
    """``answer(method, path, headers)`` gives status, headers and body; ``seen`` what was asked."""

    daemon_threads = True

    def __init__(self, answer: Callable[[str, str, Any], Answer]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer = answer
        self.seen: list[str] = []
        self.connections = 0

    @property
    def storage(self) -> dict[str, Any]:
        """As an entry of STORAGES."""
        options = {
            "endpoint": f"127.0.0.1:{self.server_port}",
            "access_key": "key-of-test",
            "secret_key": "secret-of-test",
            "secure": False,
            "bucket": "some-bucket",
            "retries": 0,
            "read_timeout": 5,
        }
        return {"BACKEND": "tenant_minio.MinioStorage", "OPTIONS": options}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Answering

    def setup(self) -> None:
        self.server.connections += 1
        super().setup()

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.seen.append(f"{self.command} {self.path.partition('?')[0]}")
        status, headers, body = self.server.answer(self.command, self.path, self.headers)
        self.send_response(status)
        if "Content-Length" not in headers:
            headers = {**headers, "Content-Length": str(len(body))}
        for name, value in headers.items():
            if value:
                self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        if not headers["Content-Length"]:
            self.close_connection = True

    do_HEAD = do_PUT = do_DELETE = do_POST = do_GET

    def handle(self) -> None:
        try:
            super().handle()
        except OSError:
            """The client has left, as the tests mean it to."""

    def log_message(self, *_args: object) -> None:
        """Stay quiet."""


@contextmanager
def answering(answer: Callable[[str, str, Any], Answer]) -> Iterator[Answering]:
    server = Answering(answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()

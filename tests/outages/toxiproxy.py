"""The real toxiproxy, and as much of its HTTP API as the tests speak.

https://github.com/Shopify/toxiproxy#http-api
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.error import URLError
from urllib.request import ProxyHandler, Request, build_opener

from tenant_minio.testing.servers.binaries import Program, find_or_build
from tenant_minio.testing.servers.local import LocalServer
from tenant_minio.testing.servers.ports import free_port
from tenant_minio.testing.servers.process import Command, SupervisedProcess
from tenant_minio.testing.servers.s3 import child_environment

TOXIPROXY = Program(
    name="toxiproxy-server",
    package="github.com/Shopify/toxiproxy/v2/cmd/server",
    version="v2.12.0",
    build_time="10 to 20 seconds",
)
# A developer's HTTP proxy has no part in this.
_opener = build_opener(ProxyHandler({}))


@contextmanager
def start_toxiproxy() -> Iterator[Toxiproxy]:
    """A toxiproxy on a free port of 127.0.0.1, built first where there is none.

    Raises:
        ServerError: it cannot be built, or does not come up.
    """
    program = find_or_build(TOXIPROXY)
    process = SupervisedProcess()
    server = LocalServer(
        "toxiproxy",
        process,
        lambda port: Command(
            argv=[str(program), "-host", "127.0.0.1", "-port", str(port)],
            env=child_environment(process.folder, {}),
        ),
        lambda port: _answers(f"http://127.0.0.1:{port}"),
    )
    try:
        yield Toxiproxy(f"http://127.0.0.1:{server.port}")
    finally:
        server.stop()


def _answers(address: str) -> bool:
    try:
        return "version" in Toxiproxy(address).ask("GET", "/version")
    except (URLError, OSError, ValueError):
        return False


@dataclass(frozen=True, slots=True)
class Toxiproxy:
    """Its API.

    Args:
        address: with scheme and port.
    """

    address: str

    def ask(self, method: str, path: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = Request(self.address + path, data, {"User-Agent": "tests"}, method=method)
        with _opener.open(request, timeout=10) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    @contextmanager
    def proxy(self, upstream: str) -> Iterator[Proxy]:
        """A proxy before ``upstream`` (host:port), without a fault."""
        proxy = Proxy(self, upstream, free_port())
        proxy.begin()
        try:
            yield proxy
        finally:
            proxy.end()


@dataclass(frozen=True, slots=True)
class Proxy:
    """One proxy.

    Args:
        toxiproxy: whose.
        upstream: host:port of the server.
        port: of 127.0.0.1, where it listens.
    """

    toxiproxy: Toxiproxy
    upstream: str
    port: int

    @property
    def endpoint(self) -> str:
        return f"127.0.0.1:{self.port}"

    def begin(self) -> None:
        body = {"name": str(self.port), "listen": self.endpoint, "upstream": self.upstream}
        self.toxiproxy.ask("POST", "/proxies", body)

    def end(self) -> None:
        """Cut all connections, and refuse new ones."""
        self.toxiproxy.ask("DELETE", f"/proxies/{self.port}")

    def add(self, kind: str, *, stream: str = "downstream", **attributes: int) -> None:
        """A fault for each connection from now on, and those that are open.

        Args:
            kind: latency, bandwidth, slow_close, timeout, reset_peer, slicer or limit_data.
            stream: ``downstream`` for what the server says, ``upstream`` for what it is told.
            attributes: as the kind takes them; milliseconds, KB/s, bytes.
        """
        toxic = {"type": kind, "stream": stream, "attributes": attributes}
        self.toxiproxy.ask("POST", f"/proxies/{self.port}/toxics", toxic)

    def heal(self) -> None:
        """Take all faults away, by another proxy in its place.

        Toxiproxy takes a single one away only once what it holds back has gone through.
        """
        self.end()
        self.begin()

"""gunicorn, uvicorn and nginx as real processes, and what asks them."""

from __future__ import annotations

import http.client
import json
import os
import re
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tenant_minio.testing.servers.local import LocalServer
from tenant_minio.testing.servers.process import Command, SupervisedProcess
from tests.programs import find, missing

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "private-files.md"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes
    # As sent: two headers of one name are two entries.
    sent: tuple[tuple[str, str], ...]

    def without_date(self) -> Any:
        return self.status, sorted(one for one in self.sent if one[0] != "date"), self.body


@dataclass(frozen=True, slots=True)
class Site:
    """A server that answers on a port of this machine."""

    server: LocalServer

    @property
    def pid(self) -> int:
        assert self.server.pid is not None
        return self.server.pid

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)

    def ask(
        self,
        path: str,
        user: str = "acme:jane",
        *,
        host: str = "acme.localhost",
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        connection = self.connect()
        try:
            given = {"Host": host, "X-User": user, **(headers or {})}
            connection.request(method, path, headers=given)
            response = connection.getresponse()
            body = response.read()
            sent = tuple((name.lower(), value) for name, value in response.getheaders())
            return Answer(response.status, dict(sent), body, sent)
        finally:
            connection.close()

    def begin(self, path: str, user: str = "acme:jane") -> socket.socket:
        """Ask for a file and read nothing, with little room for what is sent."""
        stream = socket.socket()
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * 1024)
        stream.settimeout(60)
        stream.connect(("127.0.0.1", self.server.port))
        lines = [f"GET {path} HTTP/1.1", "Host: acme.localhost", f"X-User: {user}", "", ""]
        stream.sendall("\r\n".join(lines).encode())
        return stream


def listening(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def _environment(storages: Mapping[str, Any], private: Mapping[str, Any]) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "DJANGO_SETTINGS_MODULE": "tests.private.site.settings",
        "SITE": json.dumps({"storages": storages, "private": private}, default=str),
    }


def _command(kind: str, port: int, env: Mapping[str, str]) -> Command:
    address = f"127.0.0.1:{port}"
    module = "tests.private.site"
    arguments = {
        "gunicorn": ["gunicorn", f"{module}.wsgi:application", "--bind", address, "--threads", "4"],
        "uvicorn": ["uvicorn", f"{module}.asgi:application", "--host", "127.0.0.1"],
    }[kind]
    if kind == "uvicorn":
        arguments += ["--port", str(port), "--lifespan", "off"]
    return Command(argv=[sys.executable, "-W", "error", "-m", *arguments], env=env)


@contextmanager
def serving(kind: str, storages: Mapping[str, Any], private: Mapping[str, Any]) -> Iterator[Site]:
    """The site under ``gunicorn`` or ``uvicorn``, one worker."""
    env = _environment(storages, private)
    server = LocalServer(
        kind, SupervisedProcess(), lambda port: _command(kind, port, env), listening
    )
    try:
        yield Site(server)
    finally:
        server.stop()


@contextmanager
def behind_nginx(site: Site, replaced: Mapping[str, str]) -> Iterator[Site]:
    """nginx in front of a site, with the locations that the documentation has.

    Args:
        replaced: text of the documentation, and what stands there in a test.
    """
    program = find("nginx")
    if program is None:
        pytest.fail(missing("nginx"), pytrace=False)
    process = SupervisedProcess()
    folder = process.folder
    locations = "\n".join(re.findall(r"```nginx\n(.*?)```", DOCUMENT.read_text(), re.DOTALL))
    for text, instead in replaced.items():
        assert text in locations
        locations = locations.replace(text, instead)

    def command(port: int) -> Command:
        kept = "".join(
            f"{name}_temp_path {folder}/{name};"
            for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (folder / "nginx.conf").write_text(
            f"daemon off; {'user root;' if os.getuid() == 0 else ''} worker_processes 1;"
            f"pid {folder}/nginx.pid; error_log stderr; events {{}}"
            f"http {{ access_log off; {kept} server {{ listen 127.0.0.1:{port};"
            f"{locations}\nlocation / {{ proxy_pass http://127.0.0.1:{site.server.port};"
            f"proxy_set_header Host $http_host; }} }} }}"
        )
        arguments = ["-p", str(folder), "-e", "stderr", "-c", str(folder / "nginx.conf")]
        return Command(argv=[program, *arguments], env={})

    server = LocalServer("nginx", process, command, listening)
    try:
        yield Site(server)
    finally:
        server.stop()

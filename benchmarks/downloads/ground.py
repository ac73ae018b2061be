"""The sites, each with one worker, and nginx before one of them."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import urllib3

from benchmarks.downloads.words import ALIVE, VARIABLE
from benchmarks.environments import ROOT
from tenant_minio.testing.servers.local import LocalServer
from tenant_minio.testing.servers.process import Command, SupervisedProcess

_DOCUMENT = ROOT / "docs" / "private-files.md"
_THREADS = 8


@dataclass(frozen=True, slots=True)
class Site:
    """One that answers.

    Args:
        port: on this machine.
        workers: the processes whose memory counts.
    """

    port: int
    workers: tuple[int, ...]


@contextmanager
def gunicorn(
    application: str, settings: dict[str, Any], python: str = sys.executable
) -> Iterator[Site]:
    """A site under gunicorn, with threads."""
    arguments = ["-m", "gunicorn", application, "--threads", str(_THREADS), "--log-level=warning"]
    with _site([python, *arguments], lambda port: ["--bind", f"127.0.0.1:{port}"], settings) as one:
        yield one


@contextmanager
def uvicorn(application: str, settings: dict[str, Any]) -> Iterator[Site]:
    """A site under uvicorn."""
    arguments = ["-m", "uvicorn", application, "--lifespan", "off", "--no-access-log"]
    with _site([sys.executable, *arguments], lambda port: ["--port", str(port)], settings) as one:
        yield one


@contextmanager
def _site(start: list[str], bind: Any, settings: dict[str, Any]) -> Iterator[Site]:
    process = SupervisedProcess()
    told = process.folder / "settings.json"
    told.touch(mode=0o600)
    told.write_text(json.dumps(settings))

    def command(port: int) -> Command:
        env = {
            "HOME": str(process.folder),
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": str(ROOT),
            VARIABLE: str(told),
        }
        return Command(argv=[*start, *bind(port)], env=env)

    server = LocalServer(start[2], process, command, _answers)
    try:
        yield Site(server.port, _workers(server))
    finally:
        server.stop()


@contextmanager
def nginx(site: Site, cluster: str) -> Iterator[Site]:
    """nginx before a site, with the location that the documentation has.

    Args:
        cluster: host:port.

    Raises:
        RuntimeError: there is no nginx.
    """
    program = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        raise RuntimeError("There is no nginx: apt-get install nginx-light.")
    process = SupervisedProcess()
    folder = process.folder
    blocks = re.findall(r"```nginx\n(.*?)```", _DOCUMENT.read_text(), re.DOTALL)
    [location] = [block for block in blocks if "/private-clusters/eu/" in block]
    location = location.replace("minio.internal:9000", cluster)

    def command(port: int) -> Command:
        kept = "".join(
            f"{name}_temp_path {folder}/{name};"
            for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (folder / "nginx.conf").write_text(
            f"daemon off; {'user root;' if os.getuid() == 0 else ''} worker_processes 1;"
            f"pid {folder}/nginx.pid; error_log stderr; events {{}}"
            f"http {{ access_log off; {kept} server {{ listen 127.0.0.1:{port};"
            f"{location}\nlocation / {{ proxy_pass http://127.0.0.1:{site.port};"
            f"proxy_set_header Host $http_host; }} }} }}"
        )
        arguments = ["-p", str(folder), "-e", "stderr", "-c", str(folder / "nginx.conf")]
        return Command(argv=[program, *arguments], env={})

    server = LocalServer("nginx", process, command, _answers)
    try:
        yield Site(server.port, (*site.workers, *_workers(server)))
    finally:
        server.stop()


def _answers(port: int) -> bool:
    url = f"http://127.0.0.1:{port}{ALIVE}"
    with suppress(urllib3.exceptions.HTTPError):
        return urllib3.request("GET", url, retries=False).status == 200
    return False


def _workers(server: LocalServer) -> tuple[int, ...]:
    """The processes that a server works with: its children, or itself."""
    pid = server.pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return tuple(map(int, children)) or (int(pid or 0),)

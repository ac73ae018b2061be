"""What the tests of the servers share: looking at processes from outside."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tenant_minio.testing.servers import S3Server
from tenant_minio.testing.servers.s3 import s3_error

ROOT = Path(__file__).parents[2]
DEADLINE_SECONDS = 60


def wait_for(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"waited {DEADLINE_SECONDS} s for: {what}"
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    """Whether a process runs; a zombie, which an init that reaps nothing leaves, does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    if not Path("/proc/self/stat").exists():
        return True
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def answers(server: S3Server) -> bool:
    options = (server.endpoint, server.access_key, server.secret_key)
    return s3_error(*options, secure=False) is None


def url_of(server: S3Server) -> str:
    return f"http://{server.access_key}:{server.secret_key}@{server.endpoint}"


def start_python(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    """A Python that leads a process group of its own, as one in a terminal does."""
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def write_program(path: Path, body: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path

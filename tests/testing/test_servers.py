from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from tenant_minio.testing.servers import (
    S3Server,
    ServerError,
    ServerExitedError,
    local,
    start_minio,
    start_versitygw,
)
from tenant_minio.testing.servers.ports import free_port
from tenant_minio.testing.servers.s3 import s3_error
from tests.testing.support import answers, is_alive, write_program

STARTERS = [start_minio, start_versitygw]


def test_two_servers_at_once_share_nothing() -> None:
    """Two servers have their own ports and keys, and neither takes the other's keys."""
    with start_minio(local=True) as first, start_minio(local=True) as second:
        assert first.endpoint != second.endpoint
        assert first.data_dir != second.data_dir
        crossed = s3_error(second.endpoint, first.access_key, first.secret_key, secure=False)
        assert crossed is not None
        assert answers(first)
        assert answers(second)


def test_stopping_one_server_leaves_the_other() -> None:
    """A server ends when it is stopped, although another one started after it still runs."""
    with start_minio(local=True) as first, start_minio(local=True) as second:
        pid, data = first.pid, first.data_dir
        assert pid is not None
        assert data is not None
        first.stop()
        assert not is_alive(pid)
        assert not data.parent.exists()
        assert answers(second)
        first.stop()


def test_repr_shows_no_secret(server: S3Server) -> None:
    """A server can be printed without showing its secret key."""
    assert server.secret_key not in repr(server)
    assert server.endpoint in repr(server)


def test_listens_on_loopback_only(server: S3Server) -> None:
    """Nothing is reachable under the machine's other addresses."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as route:
        route.connect(("192.0.2.1", 9))  # sends nothing: it only chooses the own address
        address = route.getsockname()[0]
    port = int(server.endpoint.rpartition(":")[2])
    if not address.startswith("127."):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((address, port), timeout=5).close()


def test_minio_on_path_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program on PATH is used; when it ends early, the error shows its last log lines."""
    write_program(tmp_path / "minio", "echo the disk is made of cheese; exit 3")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    with pytest.raises(ServerExitedError, match=r"status 3.*\n.*made of cheese"):
        start_minio(local=True)


def test_a_program_that_cannot_be_executed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A broken program is an error that says so."""
    program = write_program(tmp_path / "minio", "")
    program.write_bytes(b"\x7fELF, but not quite")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    with pytest.raises(ServerError, match="Exec format error"):
        start_minio(local=True)


@pytest.mark.parametrize("start", STARTERS)
def test_port_taken_meanwhile(
    start: Callable[..., S3Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A port that another process took between choosing and binding is given up for a new one.

    The fake is the choice of the first port, which makes the race certain.
    """
    with socket.socket() as rival:
        rival.bind(("127.0.0.1", 0))
        rival.listen()
        taken = rival.getsockname()[1]
        choices = iter([taken])
        monkeypatch.setattr(local, "free_port", lambda: next(choices, None) or free_port())
        with start(local=True) as server:
            assert server.endpoint != f"127.0.0.1:{taken}"
            assert answers(server)


def test_settings_reach_minio() -> None:
    """MinIO is started with the environment variables that were asked for."""
    with start_minio(settings={"MINIO_SITE_REGION": "xx-test-1"}) as server:
        error = s3_error(server.endpoint, server.access_key, server.secret_key, secure=False)
        assert error is None or "xx-test-1" in error


def test_versitygw_without_extended_attributes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On a file system without extended attributes, VersityGW keeps metadata beside the data.

    The fake is the file system's refusal.
    """

    def refuse(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(os, "setxattr", refuse, raising=False)
    with start_versitygw(local=True) as server:
        assert answers(server)
        assert server.data_dir is not None
        assert server.data_dir.with_name("metadata").is_dir()


def test_a_developers_environment_stays_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """MinIO settings of the developer's own shell do not reach the server."""
    monkeypatch.setenv("MINIO_ROOT_USER", "somebody")
    monkeypatch.setenv("MINIO_VOLUMES", "/nowhere")
    with start_minio(local=True) as server:
        assert answers(server)
        assert server.data_dir is not None
        assert (server.data_dir / ".minio.sys").is_dir()

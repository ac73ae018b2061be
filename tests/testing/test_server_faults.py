from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import closing
from io import BytesIO

import pytest

from tenant_minio.testing.servers import S3Server, ServerError
from tests.testing.support import answers, is_alive


@pytest.fixture
def stored(server: S3Server) -> Callable[[], bytes]:
    """Store an object, and return what reads it."""
    import urllib3
    from minio import Minio

    def client() -> Minio:
        pool = urllib3.PoolManager(retries=False)
        options = {name: str(value) for name, value in server.storage_options().items()}
        return Minio(
            endpoint=options["endpoint"],
            access_key=options["access_key"],
            secret_key=options["secret_key"],
            secure=False,
            region="us-east-1",
            http_client=pool,
        )

    def read() -> bytes:
        answer = client().get_object(bucket_name="files", object_name="a")
        with closing(answer):
            return answer.read()

    client().make_bucket(bucket_name="files")
    client().put_object(bucket_name="files", object_name="a", data=BytesIO(b"kept"), length=4)
    return read


def test_kill_then_restart(server: S3Server, stored: Callable[[], bytes]) -> None:
    """A killed server is dead, and comes back with its port, keys and data."""
    pid, endpoint = server.pid, server.endpoint
    assert pid is not None
    server.kill()
    assert not is_alive(pid)
    assert server.pid is None
    assert not answers(server)
    with pytest.raises(ServerError, match="not running"):
        server.pause()
    server.restart()
    assert server.endpoint == endpoint
    assert server.pid not in {None, pid}
    assert stored() == b"kept"


def test_restart_of_a_running_server(server: S3Server, stored: Callable[[], bytes]) -> None:
    """A running server is ended first, also when it is paused."""
    pid = server.pid
    server.pause()
    server.restart()
    assert server.pid != pid
    assert stored() == b"kept"


def test_pause_and_resume(server: S3Server) -> None:
    """A paused server takes connections and does not answer until it is resumed."""
    host, _, port = server.endpoint.partition(":")
    server.pause()
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        connection.settimeout(0.5)
        with pytest.raises(TimeoutError):
            connection.recv(1)
        server.resume()
        connection.settimeout(30)
        assert connection.recv(8) == b"HTTP/1.1"

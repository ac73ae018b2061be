"""What is tried again, how often, and what a server that hangs costs."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
import urllib3.util.connection
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from tenant_minio import registry
from tenant_minio.backends.write_options import PART_SIZE
from tenant_minio.exceptions import BackendUnavailableError, TenantMinioError
from tests.conftest import entry


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Counts connections; a number at its front says how many of the next are refused."""
    real = urllib3.util.connection.create_connection
    seen: list[Any] = [0]

    def create_connection(*args: Any, **kwargs: Any) -> socket.socket:
        seen.append(args[0])
        if seen[0] > 0:
            seen[0] -= 1
            raise ConnectionRefusedError(111, "Connection refused")
        return real(*args, **kwargs)

    monkeypatch.setattr(urllib3.util.connection, "create_connection", create_connection)
    return seen


def test_refused_connections_are_tried_again(
    minio_server: Any,
    use_storages: Callable[..., None],
    new_bucket: Callable[[str], str],
    connections: list[Any],
) -> None:
    """A server that restarts is no error, for a PUT either: nothing of it was sent."""
    use_storages(plain=entry(minio_server))
    bucket = new_bucket("plain")
    use_storages(plain=entry(minio_server, bucket=bucket))
    for call in (
        lambda: storages["plain"].exists("f"),
        lambda: storages["plain"].save("f", ContentFile(b"1")),
        lambda: storages["plain"].delete("f"),
    ):
        registry.reset()
        connections[:] = [2]
        call()
        assert len(connections) == 1 + 3
        registry.reset()
        connections[:] = [9]
        with pytest.raises(BackendUnavailableError, match="refused"):
            call()
        assert len(connections) == 1 + 3
    connections[:] = [0]  # the bucket is emptied after the test


@pytest.fixture
def hung() -> Iterator[socket.socket]:
    """A listener that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


def test_what_timed_out_is_not_tried_again(
    hung: socket.socket,
    minio_server: Any,
    use_storages: Callable[..., None],
    connections: list[Any],
) -> None:
    endpoint = f"127.0.0.1:{hung.getsockname()[1]}"
    options = {"bucket": "some-bucket", "endpoint": endpoint, "read_timeout": 0.4, "retries": 5}
    use_storages(plain=entry(minio_server, **options))
    for call, count in (
        (lambda: storages["plain"].exists("f"), 1),
        (lambda: storages["plain"].delete("f"), 1),
        (lambda: storages["plain"].save("f", ContentFile(b"1")), 2),  # and one question
    ):
        connections[:] = [0]
        with pytest.raises(BackendUnavailableError):
            call()
        assert len(connections) == 1 + count


def test_a_write_keeps_time_for_its_question() -> None:
    from tenant_minio.backends.client import make_pool
    from tenant_minio.backends.options import BackendOptions

    for limit, question in ((30.0, 2.0), (2.0, 0.5)):
        options = BackendOptions(endpoint="h", access_key="a", secret_key="s", read_timeout=limit)
        pool, probe = make_pool(options), make_pool(options, probe=True)
        assert pool.write_timeout.read_timeout == limit - question  # type: ignore[attr-defined]
        assert probe.connection_pool_kw["timeout"].read_timeout == question


@pytest.mark.parametrize("server", ["minio", "versitygw"])
def test_a_server_that_hangs_in_the_middle_is_asked_once(
    server: str, use_storages: Callable[..., None], connections: list[Any]
) -> None:
    """Half an upload and half a download: neither is repeated against a server that is silent."""
    from tenant_minio.testing.servers import start_minio, start_versitygw

    start = start_minio if server == "minio" else start_versitygw
    with start(local=True) as running:
        use_storages(plain=entry(running, bucket="some-bucket", read_timeout=2))
        registry["plain"].make_bucket("some-bucket")
        data = b"x" * (PART_SIZE * 3)
        storages["plain"].save("f", ContentFile(data))
        file = storages["plain"].open("f")
        file.read(300_000)
        writer = storages["plain"].open("g", "wb")
        writer.write(data[: PART_SIZE + 1])
        running.pause()
        connections[:] = [0]
        begun = time.monotonic()
        with pytest.raises(BackendUnavailableError):
            file.read()

        def write_on() -> None:
            writer.write(data)
            writer.close()

        with pytest.raises(TenantMinioError):
            write_on()
        with suppress(TenantMinioError):
            writer.abort()
        assert len(connections) <= 1 + 8
        running.resume()
        deadline = begun + 60
        while not storages["plain"].exists("f") and time.monotonic() < deadline:
            time.sleep(0.1)
        assert not storages["plain"].exists("g")
        assert storages["plain"].open("f").read() == data

"""Servers that may be paused, killed and filled, and a toxiproxy before them."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
import urllib3.util.connection

from tenant_minio import registry
from tenant_minio.testing.servers import start_minio, start_versitygw
from tests.conftest import bucket_name, entry
from tests.faults import FaultyProxy
from tests.outages.scene import LIMITS, PARTS, Scene
from tests.outages.toxiproxy import Toxiproxy, start_toxiproxy

KINDS = ["minio", "versitygw"]


@pytest.fixture(scope="session")
def toxiproxy(request: pytest.FixtureRequest) -> Iterator[Toxiproxy]:
    """The real one, built first where there is none."""
    capture = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():  # what a build says must be seen while it runs
        running = start_toxiproxy()
        toxiproxy = running.__enter__()
    yield toxiproxy
    running.__exit__(None, None, None)


@pytest.fixture(scope="session")
def own_minio() -> Iterator[Any]:
    """A MinIO that no other room uses."""
    with start_minio(local=True) as server:
        yield server


@pytest.fixture(scope="session")
def own_versitygw() -> Iterator[Any]:
    """A VersityGW that no other room uses."""
    with start_versitygw(local=True) as server:
        yield server


@pytest.fixture(params=KINDS)
def server(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(f"own_{request.param}")


@pytest.fixture
def sockets(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """All sockets that requests make, and where to; held so that only a close closes them."""
    real = urllib3.util.connection.create_connection
    made: list[Any] = []

    def create_connection(*args: Any, **kwargs: Any) -> socket.socket:
        found = real(*args, **kwargs)
        made.append((f"{args[0][0]}:{args[0][1]}", found))
        return found

    monkeypatch.setattr(urllib3.util.connection, "create_connection", create_connection)
    return made


Make = Callable[..., Scene]


@pytest.fixture
def make(use_storages: Callable[..., None], sockets: list[Any]) -> Make:
    """Make a scene: a bucket on a server behind a proxy. The bucket goes with the server."""

    def make(server: Any, proxy: Any) -> Scene:
        use_storages(plain=entry(server))
        bucket = bucket_name()
        registry["plain"].make_bucket(bucket)
        given = {"bucket": bucket, "endpoint": proxy.endpoint, "breaker_reset": 0.1, **PARTS}

        def limit(limits: Mapping[str, float]) -> None:
            use_storages(plain=entry(server, **given, **limits))

        limit(LIMITS)
        return Scene(server, proxy, bucket, sockets, server.data_dir, limit)

    return make


@pytest.fixture
def scene(server: Any, toxiproxy: Toxiproxy, make: Make) -> Iterator[Scene]:
    """A server behind toxiproxy."""
    with toxiproxy.proxy(server.endpoint) as proxy:
        yield make(server, proxy)


@pytest.fixture
def scripted(server: Any, make: Make) -> Iterator[Scene]:
    """A server behind a proxy that decides by request."""
    proxy = FaultyProxy(server.endpoint)
    yield make(server, proxy)
    proxy.close()

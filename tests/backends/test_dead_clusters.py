"""One cluster dies, and only its own tenants know."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
import urllib3.util.connection
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from tenant_minio import registry, use_tenant
from tenant_minio.backends.circuit import State
from tenant_minio.exceptions import BackendUnavailableError, CircuitOpenError
from tenant_minio.testing.servers import S3Server, start_minio, start_versitygw
from tests.conftest import entry

from .test_failures import calls

CALLERS = 8
FAULTS = {"killed": S3Server.kill, "stopped": S3Server.pause}


@pytest.fixture
def attempts(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The port of every connection that was tried."""
    real = urllib3.util.connection.create_connection
    seen: list[int] = []

    def create_connection(address: tuple[str, int], *args: Any, **kwargs: Any) -> Any:
        seen.append(address[1])
        return real(address, *args, **kwargs)

    monkeypatch.setattr(urllib3.util.connection, "create_connection", create_connection)
    return seen


@pytest.fixture(params=["minio", "versitygw"])
def doomed(request: pytest.FixtureRequest) -> Iterator[S3Server]:
    """A server that a test may end."""
    start = start_minio if request.param == "minio" else start_versitygw
    with start(local=True) as server:
        yield server


@pytest.fixture(params=sorted(FAULTS))
def dead(
    request: pytest.FixtureRequest,
    doomed: S3Server,
    minio_server: Any,
    use_storages: Callable[..., None],
    new_bucket: Callable[[str], str],
) -> S3Server:
    """The cluster of globex, which has just died; that of acme is well. Each has a file."""
    use_storages(eu=entry(minio_server))
    bucket = new_bucket("eu")
    routes = {
        "acme": {"backend": "eu", "bucket": bucket},
        "globex": {"backend": "us", "bucket": "media"},
    }
    limits = {"read_timeout": 0.8, "breaker_failures": 4, "breaker_reset": 3600}
    places = {"max_concurrent": 4, "max_concurrent_wait": 0}
    use_storages(
        default={"BACKEND": "tenant_minio.RoutingStorage", "OPTIONS": {"routes": routes}},
        eu=entry(minio_server),
        us=entry(doomed, **limits, **places),
    )
    registry["us"].make_bucket("media")
    for tenant in routes:
        with use_tenant(tenant):
            storages["default"].save("f", ContentFile(tenant.encode()))
    FAULTS[request.param](doomed)
    return doomed


def states(alias: str) -> set[State]:
    """Of both breakers."""
    breakers = registry[alias].breakers
    return {breakers.reads.state, breakers.writes.state}


def failed(start: threading.Barrier, number: int) -> type[Exception]:
    """How an operation of globex ends."""
    operations = list(calls(storages["default"]).values())
    start.wait(20)
    with use_tenant("globex"), pytest.raises(BackendUnavailableError) as caught:
        operations[number % len(operations)]()
    return caught.type


def test_its_tenants_are_refused_and_others_served(dead: S3Server, attempts: list[int]) -> None:
    """Once the breaker is open, the dead cluster is not tried at all."""
    port = int(dead.endpoint.rpartition(":")[2])
    storage = storages["default"]
    start = threading.Barrier(CALLERS)
    for _ in range(3):
        with ThreadPoolExecutor(CALLERS) as pool:
            list(pool.map(lambda n: failed(start, n), range(CALLERS)))
        if states("us") == {State.OPEN}:
            break
    assert states("us") == {State.OPEN}
    assert port in attempts
    del attempts[:]
    with ThreadPoolExecutor(CALLERS) as pool:
        assert set(pool.map(lambda n: failed(start, n), range(CALLERS))) == {CircuitOpenError}
    assert port not in attempts
    with use_tenant("globex"):
        assert storage.url("f")
    with use_tenant("acme"):
        assert storage.open("f").read() == b"acme"
        assert storage.open(storage.save("g", ContentFile(b"new"))).read() == b"new"
        assert storage.exists("f")
        assert storage.listdir("") == ([], ["f", "g"])
        storage.delete("g")
    assert states("eu") == {State.CLOSED}


def test_it_serves_again_when_it_is_back(dead: S3Server) -> None:
    """Without a restart of the process, and with nothing lost."""
    storage = storages["default"]
    with use_tenant("globex"):
        for _ in range(4):
            with suppress(BackendUnavailableError):
                storage.exists("f")
        assert not storage.is_minio_available()
        with pytest.raises(CircuitOpenError):
            storage.exists("f")
        if dead.pid is None:
            dead.restart()
        else:
            dead.resume()
        deadline = time.monotonic() + 60
        while not storage.is_minio_available() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert storage.open("f").read() == b"globex"
        storage.save("g", ContentFile(b"new"))

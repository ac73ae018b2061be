"""gunicorn and uvicorn with requests of 20 tenants at once, judged by bodies and servers' logs."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import pytest

from tenant_minio.testing.servers.ports import free_port

from .conftest import Court, World
from .processes.running import Aside
from .processes.site import PIECE
from .test_threads import MANY

# Two processes each; one inherits an open tenant and a used connection from its parent.
_GUNICORN = ["-m", "gunicorn", "tests.isolation.processes.wsgi", "--workers", "2", "--bind"]
_UVICORN = ["-m", "uvicorn", "tests.isolation.processes.asgi:application", "--workers", "2"]
PROGRAMS = {
    "gunicorn sync": (_GUNICORN, ["--worker-class", "sync", "--preload"]),
    "gunicorn gthread": (_GUNICORN, ["--worker-class", "gthread", "--threads", "4"]),
    "uvicorn": (_UVICORN, ["--port"]),
}
SETTINGS = {
    "RESOLVERS": ["tests.isolation.processes.site.tenant_of"],
    "TENANTS": "tests.isolation.places.tenants",
}
ROUNDS = 3


def content(tenant: str) -> bytes:
    """A file of three pieces and a bit, each other than the rest."""
    return b"".join(f"{tenant}{n}".encode().ljust(PIECE, b".") for n in range(3)) + b"end"


class Site:
    """A server under test, as a visitor sees it."""

    def __init__(self, port: int, prefix: str) -> None:
        self.port = port
        self.prefix = prefix

    def ask(self, page: str, tenant: str, body: bytes | None = None) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"X-Tenant": quote(tenant, safe="")}
        connection.request("GET" if body is None else "POST", f"/{page}", body, headers)
        answer = connection.getresponse()
        status, found = answer.status, answer.read()
        connection.close()
        return status, found

    def is_up(self) -> bool:
        try:
            return self.ask("who", "acme")[0] == 200
        except OSError:
            return False


@pytest.fixture(params=PROGRAMS, ids=lambda name: name.replace(" ", "-"))
def site(
    request: pytest.FixtureRequest, world: World, court: Court, tmp_path: Path
) -> Iterator[Site]:
    program, options = PROGRAMS[request.param]
    port = free_port()
    address = [f"127.0.0.1:{port}", *options] if program is _GUNICORN else [*options, str(port)]
    site = Site(port, "a" if program is _UVICORN else "")
    aside = Aside(tmp_path, court.options(), SETTINGS)
    with aside.running(*program, *address, ready=site.is_up):
        yield site
    world.judge.labels.sent.update(aside.new_labels())


def test_requests_of_twenty_tenants_at_once_keep_to_their_own_places(
    site: Site, world: World
) -> None:
    """Saves, streams, failures that leave a tenant open, and requests of nobody, all mixed."""
    assert len(MANY) == 20

    def visit(tenant: str) -> set[str]:
        processes = set()
        saved = site.ask(f"{site.prefix}save", tenant, content(tenant))
        assert saved == (200, b"plan.pdf")
        for _ in range(ROUNDS):
            assert site.ask("fail", tenant)[0] == 500
            assert site.ask(f"{site.prefix}stream", tenant) == (200, content(tenant))
            status, answer = site.ask("who", tenant)
            process, _, whose = answer.decode().partition(" ")
            assert (status, whose) == (200, tenant)
            processes.add(process)
            for nobody in ("", "nobody"):
                assert site.ask("who", nobody)[0] == 404
        return processes

    with ThreadPoolExecutor(len(MANY)) as pool:
        processes = set().union(*pool.map(visit, MANY))
    assert len(processes) == 2
    assert world.truth() == world.expected({t: {"plan.pdf": content(t)} for t in MANY})

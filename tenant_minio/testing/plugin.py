"""Pytest fixtures: clusters in memory and leak checks, and real servers for a whole session.

A server that cannot be had fails the test: a skipped test would look like a passed one.

Pytest imports this module in every project that has the package installed, so it imports nothing
else until a fixture is used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, TypeVar

import pytest

if TYPE_CHECKING:
    from .leaks import Request
    from .servers import PostgresServer, S3Server

_IN_MEMORY = "tenant_minio_in_memory"

Server = TypeVar("Server", "S3Server", "PostgresServer")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini(_IN_MEMORY, "Keep the clusters of STORAGES in memory for the whole run.", "bool")


@pytest.fixture(scope="session", autouse=True)
def _in_memory(request: pytest.FixtureRequest) -> Iterator[None]:
    """For a whole run: class data too, which Django makes before any fixture of a test."""
    if not request.config.getini(_IN_MEMORY):
        yield
        return
    from .memory import in_memory

    with in_memory():
        yield


@pytest.fixture
def memory_storages() -> Iterator[None]:
    """Every cluster of STORAGES in memory, empty, for one test."""
    from .memory import in_memory

    with in_memory():
        yield


@pytest.fixture
def two_tenants() -> tuple[str, str]:
    """Two keys, of which one begins with the other.

    Define a fixture of this name to give others: with ``EXISTS`` or ``TENANTS`` set, such as
    there are, and with django-tenants the keys of two schemas that it has made.
    """
    return "acme", "acme2"


@pytest.fixture
def assert_no_leak() -> Callable[..., AbstractContextManager[list[Request]]]:
    """``with assert_no_leak("acme"):``, as :func:`tenant_minio.testing.assert_no_leak`."""
    from .leaks import assert_no_leak

    return assert_no_leak


@pytest.fixture(scope="session")
def minio_server(request: pytest.FixtureRequest) -> Iterator[S3Server]:
    """A MinIO server."""
    from .servers import start_minio

    yield from _serve(request, start_minio)


@pytest.fixture(scope="session")
def second_minio_server(request: pytest.FixtureRequest) -> Iterator[S3Server]:
    """A MinIO server beside ``minio_server``, with other credentials and other data."""
    from .servers import start_minio

    yield from _serve(request, start_minio)


@pytest.fixture(scope="session")
def versitygw_server(request: pytest.FixtureRequest) -> Iterator[S3Server]:
    """A VersityGW server: the same protocol from other hands."""
    from .servers import start_versitygw

    yield from _serve(request, start_versitygw)


@pytest.fixture(scope="session")
def postgres_server(request: pytest.FixtureRequest) -> Iterator[PostgresServer]:
    """A PostgreSQL server."""
    from .servers import start_postgres

    yield from _serve(request, start_postgres)


def _serve(request: pytest.FixtureRequest, start: Callable[[], Server]) -> Iterator[Server]:
    from .servers import ServerError

    capture = request.config.pluginmanager.getplugin("capturemanager")
    try:
        # A first build takes minutes: what it says must be seen while it runs.
        with nullcontext() if capture is None else capture.global_and_fixture_disabled():
            server = start()
    except ServerError as error:
        pytest.fail(str(error), pytrace=False)
    with server:
        yield server

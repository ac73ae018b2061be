"""Pytest fixtures with real servers, one of each for the whole session.

A server that cannot be had fails the test: a skipped test would look like a passed one.

Pytest imports this module in every project that has the package installed, so it imports nothing
else until a fixture is used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from typing import TYPE_CHECKING, TypeVar

import pytest

if TYPE_CHECKING:
    from .servers import PostgresServer, S3Server

Server = TypeVar("Server", "S3Server", "PostgresServer")


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

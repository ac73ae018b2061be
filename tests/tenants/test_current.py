"""CURRENT: a second source, read live, that may not say anything else."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.test import override_settings

from tenant_minio import current_tenant, require_tenant, use_tenant
from tenant_minio.exceptions import (
    InvalidBackendError,
    InvalidTenantError,
    NoTenantError,
    TenantMismatchError,
)

# As a database connection does, it has another value in each thread.
connection = threading.local()


def live() -> Any:
    """What CURRENT asks."""
    return getattr(connection, "tenant", None)


@pytest.fixture(autouse=True)
def _source() -> Iterator[None]:
    connection.__dict__.clear()
    with override_settings(TENANT_MINIO={"CURRENT": "tests.tenants.test_current.live"}):
        yield
    connection.__dict__.clear()


def test_live_source_is_the_tenant_and_is_asked_anew_each_time() -> None:
    assert current_tenant() is None
    connection.tenant = "acme"
    assert current_tenant() == require_tenant() == "acme"
    connection.tenant = "globex"
    assert current_tenant() == "globex"
    connection.tenant = None
    with pytest.raises(NoTenantError):
        require_tenant()


def test_callable_itself_may_stand_in_the_settings() -> None:
    with override_settings(TENANT_MINIO={"CURRENT": lambda: "acme"}):
        assert current_tenant() == "acme"


def test_both_equal_is_fine() -> None:
    connection.tenant = "acme"
    with use_tenant("acme"):
        assert current_tenant() == "acme"


def test_block_counts_where_the_live_source_has_none() -> None:
    with use_tenant("acme"):
        assert current_tenant() == "acme"


def test_both_different_is_an_error_that_names_both() -> None:
    connection.tenant = "globex"
    with use_tenant("acme"), pytest.raises(TenantMismatchError, match=r"'acme'.*'globex'"):
        current_tenant()
    with use_tenant("acme"), pytest.raises(TenantMismatchError):
        require_tenant()
    assert current_tenant() == "globex"


def test_only_the_innermost_block_is_compared() -> None:
    connection.tenant = "acme"
    with use_tenant("globex"), use_tenant("acme"):
        assert current_tenant() == "acme"


@pytest.mark.parametrize("key", ["", 0, 5, b"acme", False, ["acme"]], ids=repr)
def test_what_cannot_be_a_key_is_refused(key: Any) -> None:
    connection.tenant = key
    with pytest.raises(InvalidTenantError, match="CURRENT"):
        current_tenant()
    with use_tenant("acme"), pytest.raises(InvalidTenantError, match="CURRENT"):
        require_tenant()


async def test_running_loop_reads_the_block_only() -> None:
    connection.tenant = "globex"
    assert current_tenant() is None
    with use_tenant("acme"):
        assert current_tenant() == "acme"


async def test_thread_of_async_code_reads_its_live_source() -> None:
    def inside() -> str | None:
        connection.tenant = "globex"
        try:
            return current_tenant()
        finally:
            connection.__dict__.clear()

    assert await sync_to_async(inside)() == "globex"
    with use_tenant("acme"), pytest.raises(TenantMismatchError):
        await sync_to_async(inside)()


def test_async_code_called_from_sync_code_reads_the_block_only() -> None:
    async def inside() -> str | None:
        return current_tenant()

    connection.tenant = "globex"
    assert async_to_sync(inside)() is None
    with use_tenant("acme"):
        assert async_to_sync(inside)() == "acme"


@pytest.mark.parametrize("path", ["tests.tenants.test_current.absent", "no.such.module", "nodots"])
def test_path_that_cannot_be_imported_is_named(path: str) -> None:
    with (
        override_settings(TENANT_MINIO={"CURRENT": path}),
        pytest.raises(InvalidBackendError, match=rf"TENANT_MINIO\['CURRENT'\].*{path}"),
    ):
        current_tenant()


def test_error_of_the_live_source_is_not_hidden() -> None:
    def broken() -> str:
        raise ConnectionError("no database")

    with (
        override_settings(TENANT_MINIO={"CURRENT": broken}),
        use_tenant("acme"),
        pytest.raises(ConnectionError),
    ):
        current_tenant()

"""Middleware that fails with a tenant open, judged by the servers' logs."""

from __future__ import annotations

from collections.abc import Iterator
from contextvars import copy_context

import pytest
from django.test import Client, override_settings

from tenant_minio import current_tenant
from tests.tenants.clients import HostClient, get

from .broken import POINTS
from .conftest import World

TENANTS = ["acme", "acme2", "own", "far"]


@pytest.fixture
def breaking(site: None, world: World) -> Iterator[World]:
    for tenant in TENANTS:
        world.put(tenant, "plan.pdf", tenant.encode())
    resolvers = [
        "tests.isolation.broken.resolver",
        "tenant_minio.tenants.resolvers.SubdomainResolver",
    ]
    with override_settings(
        MIDDLEWARE=[
            "tests.isolation.broken.Outside",
            "tenant_minio.middleware.TenantMiddleware",
            "tests.isolation.broken.Inside",
        ],
        TENANT_MINIO={"RESOLVERS": resolvers},
    ):
        yield world


def page(point: str) -> str:
    """What fails in a view is what comes to process_exception."""
    return "/fail" if point == "exception" else "/read"


# Around TenantMiddleware nobody closes what is left open, and every request must bear it.
BEARING = {"before outside": "own", "after outside": "own"}


@pytest.mark.parametrize("point", POINTS)
def test_requests_after_a_failure_in_one_thread_read_their_own_files(
    breaking: World, point: str
) -> None:
    def visit() -> None:
        for tenant in TENANTS:
            client = Client(raise_request_exception=False, headers={"x-breaks": point})
            failed = client.get(page(point), headers={"host": "acme.localhost"})
            assert failed.status_code == 500
            assert current_tenant() == BEARING.get(point)
            assert get("/read", f"{tenant}.localhost").content == tenant.encode()

    copy_context().run(visit)


@pytest.mark.parametrize("point", POINTS)
async def test_async_requests_after_a_failure_read_their_own_files(
    breaking: World, point: str
) -> None:
    for tenant in TENANTS:
        client = HostClient("acme.localhost", raise_request_exception=False)
        failed = await client.get(page(point), headers={"x-breaks": point})
        assert failed.status_code == 500
        answer = await HostClient(f"{tenant}.localhost").get("/read")
        assert answer.content == tenant.encode()

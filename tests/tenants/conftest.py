"""Requests through the middleware."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import override_settings

from . import urls

MIDDLEWARE = ["tenant_minio.middleware.TenantMiddleware"]
RESOLVERS = ["tenant_minio.tenants.resolvers.SubdomainResolver"]


@pytest.fixture
def site() -> Iterator[Callable[..., None]]:
    """Serve ``tests.tenants.urls`` behind the middleware, with these settings of TENANT_MINIO."""
    active: list[override_settings] = []

    def begin(**settings: Any) -> None:
        override = override_settings(
            ROOT_URLCONF="tests.tenants.urls",
            MIDDLEWARE=MIDDLEWARE,
            ALLOWED_HOSTS=[".localhost", "testserver"],
            TENANT_MINIO={"RESOLVERS": RESOLVERS, **settings},
        )
        override.enable()
        active.append(override)

    urls.log.clear()
    begin()
    yield begin
    while active:
        active.pop().disable()
    urls.log.clear()
    urls.meetings.clear()

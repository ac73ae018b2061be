"""Requests through the middleware."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.signals import request_finished
from django.db import close_old_connections
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
    # As Django's test client does: the connections of other tests stay as they are.
    request_finished.disconnect(close_old_connections)
    yield begin
    request_finished.connect(close_old_connections)
    while active:
        active.pop().disable()
    urls.log.clear()
    urls.meetings.clear()

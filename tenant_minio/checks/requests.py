"""What keeps requests from their tenant: ``MIDDLEWARE`` and ``RESOLVERS`` side by side."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from tenant_minio.conf import conf
from tenant_minio.middleware import TenantMiddleware
from tenant_minio.problems import Problem
from tenant_minio.tenants.resolvers import SubdomainResolver

_MIDDLEWARE = "tenant_minio.middleware.TenantMiddleware"


def request_problems() -> Iterator[Problem]:
    """Settings that are right one by one and do not go together."""
    middleware = [_imported(path) for path in settings.MIDDLEWARE]
    given = conf.get("RESOLVERS")
    resolvers = [_imported(entry) for entry in given] if isinstance(given, list | tuple) else []
    # A subclass may know its tenants without resolvers.
    if not given and TenantMiddleware in middleware:
        answer = "every request is a 404" if conf.get("REQUIRE_TENANT") else "no request has one"
        yield Problem(
            "W001",
            (),
            f"TenantMiddleware stands in MIDDLEWARE, but TENANT_MINIO['RESOLVERS'] is empty, so "
            f"it finds no tenant: {answer}.",
            "Name resolvers, or take the middleware out.",
        )
    if resolvers and not any(_is(found, TenantMiddleware) for found in middleware):
        yield Problem(
            "W002",
            (),
            "TENANT_MINIO['RESOLVERS'] is set, but TenantMiddleware, which asks them, does not "
            "stand in MIDDLEWARE.",
            f"Add {_MIDDLEWARE!r}, or take RESOLVERS out.",
        )
    subdomain = any(
        _is(found if isinstance(found, type) else type(found), SubdomainResolver)
        for found in resolvers
    )
    dotted = any(host.startswith(".") for host in settings.ALLOWED_HOSTS)
    if subdomain and not conf.get("BASE_DOMAINS") and not dotted:
        yield Problem(
            "W003",
            (),
            "SubdomainResolver knows no base domain, so it takes the first label of any host for "
            "a tenant.",
            "Set TENANT_MINIO['BASE_DOMAINS'], or an entry of ALLOWED_HOSTS that begins with a "
            "dot.",
        )


def _imported(entry: Any) -> Any:
    """What a dotted path names; None where it leads nowhere, which is told elsewhere."""
    if not isinstance(entry, str):
        return entry
    try:
        return import_string(entry)
    except ImportError:
        return None


def _is(found: Any, wanted: type) -> bool:
    return isinstance(found, type) and issubclass(found, wanted)

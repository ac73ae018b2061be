"""Whether the health page can be reached without a tenant."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.urls import NoReverseMatch, reverse
from django.utils.module_loading import import_string

from tenant_minio.conf import conf
from tenant_minio.middleware import TenantMiddleware, passes_through
from tenant_minio.problems import Problem


def health_problems() -> Iterator[Problem]:
    """A health page that TenantMiddleware answers with 404."""
    if not conf.get("REQUIRE_TENANT") or not any(map(_is_tenant_middleware, settings.MIDDLEWARE)):
        return
    if not getattr(settings, "ROOT_URLCONF", None):
        return
    try:
        paths = [reverse("tenant_minio:healthz"), reverse("tenant_minio:ready")]
    except (NoReverseMatch, ImportError, ImproperlyConfigured):
        return  # the pages are not there, or the URLs are wrong, which Django tells
    closed = [path for path in paths if not passes_through(path)]
    if closed:
        yield Problem(
            "W008",
            (),
            f"{' and '.join(closed)}: TenantMiddleware answers with 404 where the host or path is "
            f"no tenant's, as those of load balancers are not.",
            f"Add {', '.join(map(repr, closed))} to TENANT_MINIO['PASS_THROUGH'].",
        )


def _is_tenant_middleware(path: str) -> bool:
    try:
        found = import_string(path)
    except ImportError:
        return False
    return isinstance(found, type) and issubclass(found, TenantMiddleware)

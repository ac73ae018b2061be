"""Where rows are looked for: inside a tenant, or outside of all.

With a schema per tenant a query sees one tenant's rows. Who reads one schema and takes it for all
finds every other tenant's files orphaned, so nothing here is taken on trust.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections

from tenant_minio.backends.registry import registry
from tenant_minio.conf import Enter, conf
from tenant_minio.exceptions import InvalidBackendError
from tenant_minio.tenants.entering import entered


def views_of(tenant: str | None, *, everyone: bool) -> list[str | None]:
    """The views in which rows may refer to the files of ``tenant``; None is outside of all.

    Args:
        tenant: None for a storage that no tenant owns.
        everyone: rows of every tenant count, not only its own.

    Raises:
        InvalidBackendError: the settings do not say how to see the rows, or whose there are.
    """
    enter = _enter()
    if enter is None:
        return [tenant]
    views = [None, *([] if tenant is None else [tenant])]
    return list(dict.fromkeys([*views, *_everyone(enter)])) if everyone else views


def asked_in(tenant: str | None, views: list[str | None]) -> list[str | None]:
    """The views in which TENANT_MINIO["REFERENCES"] are asked about the files of ``tenant``.

    For a storage that no tenant owns: outside of all and inside each, also where all rows are seen
    at once, since a callable may go by the current tenant.

    Args:
        tenant: None for a storage that no tenant owns.
        views: those in which its rows are read.

    Raises:
        InvalidBackendError: the settings do not say which tenants there are.
    """
    if tenant is not None:
        return [tenant]
    if conf.enter is not None:
        return views
    lister = conf.tenants
    if lister is not None:
        return [None, *lister()]
    if registry.declared.routers:
        raise InvalidBackendError(
            "TENANT_MINIO['REFERENCES'] are asked inside each tenant, too. Set "
            "TENANT_MINIO['TENANTS'] to a callable that lists all tenants, those that are switched "
            "off included."
        )
    return [None]


def _enter() -> Enter | None:
    enter = conf.enter
    if enter is not None:
        return enter
    if conf.current is not None or any(
        hasattr(connections[alias], "set_schema") for alias in connections
    ):
        raise InvalidBackendError(
            "A tenant's rows are seen inside it only, and TENANT_MINIO['ENTER'] does not say how "
            "to get there. With django-tenants, set it to "
            "'tenant_minio.contrib.django_tenants.enter'; else to a callable of the tenant's key, "
            "or None for outside of all, that returns a context manager inside which queries see "
            "these rows and TENANT_MINIO['CURRENT'] names that tenant."
        )
    return None


def _everyone(enter: Enter) -> Iterator[str]:
    """Every tenant whose rows may count, those included that TENANTS leaves out."""
    lister = getattr(enter, "everyone", None) or conf.tenants
    if lister is None:
        raise InvalidBackendError(
            "Rows of every tenant may refer to these files. Set TENANT_MINIO['TENANTS'] to a "
            "callable that lists all tenants, those that are switched off included."
        )
    yield from lister()


@contextmanager
def inside(view: str | None) -> Iterator[None]:
    """Have queries see the rows of one view. Raises as :func:`entered`."""
    with entered(view, registry.named_tenants):
        yield

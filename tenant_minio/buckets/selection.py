"""Which locations something is about: of tenants, of one backend, or of no tenant."""

from __future__ import annotations

from collections.abc import Sequence

from tenant_minio.backends.registry import registry
from tenant_minio.buckets.needs import (
    Need,
    needs_of_storages,
    needs_of_tenants,
    without_overlaps,
)
from tenant_minio.conf import conf
from tenant_minio.exceptions import InvalidBackendError, TenantMinioError, UnknownTenantError


def select(
    *,
    tenants: Sequence[str] = (),
    all_tenants: bool = False,
    backend: str | None = None,
    storage: str | None = None,
    deletes: bool = True,
) -> list[Need]:
    """The locations of some tenants, of all, or, with neither, of the storages that none owns.

    Args:
        tenants: keys.
        all_tenants: every tenant that TENANT_MINIO["TENANTS"] lists, and the storages of none.
        backend: only what lives on this one.
        storage: only this entry of STORAGES.
        deletes: files may be lost there, so what only endpoints keep apart, or a custom router may
            give to two tenants, counts as another's too.

    Returns:
        One for each; those that could be another's too hold an error in place of a route.

    Raises:
        UnknownTenantError: there is no such tenant.
        InvalidBackendError: there is no such alias, or TENANTS is needed and not set.
    """
    declared = registry.declared
    for alias, known in ((backend, declared.backends), (storage, declared.classes)):
        if alias is not None and alias not in known:
            raise InvalidBackendError(f"STORAGES declares no {alias!r} of this package.")
    for key in tenants:
        if not conf.tenant_exists(key):
            raise UnknownTenantError(f"There is no tenant {key!r}.")
    needs = []
    if all_tenants:
        needs = [*needs_of_storages(), *_needs_of_all(apart_by_endpoint=not deletes)]
    elif tenants:
        keys = list(dict.fromkeys(tenants))
        needs = _compared_needs(keys) if deletes else list(needs_of_tenants(keys))
    else:
        needs = list(needs_of_storages())
    return [
        need
        for need in needs
        if storage in {None, need.alias}
        and (backend is None or need.route is None or need.route.backend == backend)
    ]


def _needs_of_all(others: Sequence[str] = (), *, apart_by_endpoint: bool) -> list[Need]:
    """The needs of all tenants that are listed, and of others, those that overlap refused.

    Endpoints that keep two apart may be names of one cluster.
    """
    lister = conf.tenants
    if lister is None:
        raise InvalidBackendError(
            "Set TENANT_MINIO['TENANTS'] to a callable that lists all tenants."
        )
    needs = list(needs_of_tenants(dict.fromkeys([*lister(), *others])))
    return without_overlaps(needs, apart_by_endpoint=apart_by_endpoint)


def _compared_needs(tenants: list[str]) -> list[Need]:
    """The needs of these tenants, those refused whose location may be another tenant's, too.

    Templates and named routes never give one location to two; a custom router may.
    """
    needs = list(needs_of_tenants(tenants))
    custom = {alias for alias, router in registry.declared.routers.items() if router.custom}
    if not custom:
        return needs
    if conf.tenants is None:
        error: TenantMinioError = InvalidBackendError(
            "A custom router may give two tenants one location. Set TENANT_MINIO['TENANTS'] to a "
            "callable that lists all tenants, so that their locations can be compared."
        )
        return [
            Need(need.alias, need.tenant, None, error) if need.alias in custom else need
            for need in needs
        ]
    compared = _needs_of_all(tenants, apart_by_endpoint=False)
    return [need for need in compared if need.tenant in tenants]

"""Which locations are searched."""

from __future__ import annotations

from collections.abc import Sequence

from tenant_minio.buckets import Need
from tenant_minio.buckets.selection import select as select_locations
from tenant_minio.exceptions import InvalidBackendError
from tenant_minio.orphans.statics import is_static


def select(
    *,
    tenants: Sequence[str] = (),
    all_tenants: bool = False,
    backend: str | None = None,
    storage: str | None = None,
) -> list[Need]:
    """As :func:`tenant_minio.buckets.select`, without static files: no row refers to them.

    Raises:
        UnknownTenantError: there is no such tenant.
        InvalidBackendError: there is no such alias, it is that of static files, or TENANTS is
            needed and not set.
    """
    needs = select_locations(
        tenants=tenants, all_tenants=all_tenants, backend=backend, storage=storage
    )
    if storage is not None and is_static(storage):
        raise InvalidBackendError(f"No row refers to the static files of STORAGES[{storage!r}].")
    return [need for need in needs if not is_static(need.alias)]

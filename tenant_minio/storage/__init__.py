"""WHAT DJANGO SEES: storages, file objects and the field."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from tenant_minio.exceptions import InvalidBackendError
from tenant_minio.storage.base import ObjectStorage
from tenant_minio.storage.fields import TenantFieldFile, TenantFileField
from tenant_minio.storage.minio import MemoryStorage, MinioStorage
from tenant_minio.storage.routed import RoutingStorage

__all__ = [
    "MemoryStorage",
    "MinioStorage",
    "RoutingStorage",
    "TenantFieldFile",
    "TenantFileField",
    "from_alias",
]


def from_alias(alias: str, tenant: str | None = None) -> Any:
    """The storage that ``STORAGES[alias]`` declares; follows its settings when they change.

    Args:
        alias: a key of STORAGES.
        tenant: bind a RoutingStorage to this tenant, as ``for_tenant`` does.

    Raises:
        InvalidBackendError: there is no such entry, or it is not this package's.
    """
    entries: dict[str, Any] = settings.STORAGES
    try:
        entry = entries[alias]
    except KeyError:
        known = ", ".join(entries)
        raise InvalidBackendError(f"STORAGES has no entry {alias!r}. There are: {known}.") from None
    storage_class = import_string(entry["BACKEND"])
    if not issubclass(storage_class, ObjectStorage):
        raise InvalidBackendError(f"STORAGES[{alias!r}] is no storage of tenant_minio.")
    storage: ObjectStorage = storage_class(**entry.get("OPTIONS", {}))
    storage._alias = alias  # noqa: SLF001 -- the one thing that only the registry could find out
    if tenant is None:
        return storage
    if not isinstance(storage, RoutingStorage):
        raise InvalidBackendError(f"STORAGES[{alias!r}] is no RoutingStorage: it has no tenants.")
    return storage.for_tenant(tenant)

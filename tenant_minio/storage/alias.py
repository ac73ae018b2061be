"""Storages by alias: what migrations, pickles and tasks hold instead of options."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.files.storage import storages
from django.utils.module_loading import import_string

from tenant_minio.exceptions import InvalidBackendError


def alias_in_settings(storage_class: type, options: Mapping[str, Any]) -> str | None:
    """The first entry of STORAGES with this class and these options, if that is easily told.

    Storages are made while models and even settings load, so nothing is imported or validated.
    """
    if not settings.configured:
        return None
    entries: Mapping[str, Mapping[str, Any]] = settings.STORAGES  # type: ignore[assignment]
    for alias, entry in entries.items():
        module, _, name = str(entry.get("BACKEND")).rpartition(".")
        same_class = getattr(sys.modules.get(module), name, None) is storage_class
        if same_class and dict(entry.get("OPTIONS") or {}) == options:
            return alias
    return None


def from_alias(alias: str, tenant: str | None = None, bucket: str | None = None) -> Any:
    """The storage that ``STORAGES[alias]`` declares; follows its settings when they change.

    Migrations call this when they are imported, so an entry that is gone raises at use only, and
    one of another package, as tests put there, is taken as it is.

    Args:
        alias: a key of STORAGES.
        tenant: bind a RoutingStorage to this tenant, as ``for_tenant`` does.
        bucket: bind a MinioStorage to this bucket, as ``for_bucket`` does.

    Raises:
        InvalidBackendError: ``tenant`` or ``bucket`` is given, and the storage has none of them.
    """
    from tenant_minio.storage.minio import MinioStorage
    from tenant_minio.storage.routed import RoutingStorage

    entries: Mapping[str, Mapping[str, Any]] = settings.STORAGES  # type: ignore[assignment]
    entry = entries.get(alias)
    if entry is None:
        storage_class: Any = MinioStorage if tenant is None else RoutingStorage
    else:
        storage_class = import_string(str(entry["BACKEND"]))
    if not hasattr(storage_class, "tenant_minio_storage"):
        _refuse(alias, tenant, bucket)
        return storages[alias]
    storage = storage_class(**(entry.get("OPTIONS") or {} if entry else {}))
    storage._alias = alias  # noqa: SLF001 -- given, not found: two entries may be equal
    if isinstance(storage, RoutingStorage):
        _refuse(alias, None, bucket)
        return storage if tenant is None else storage.for_tenant(tenant)
    _refuse(alias, tenant, None)
    return storage if bucket is None else storage.for_bucket(bucket)


def _refuse(alias: str, tenant: str | None, bucket: str | None) -> None:
    """Say that a storage cannot be bound to what is given."""
    if tenant is not None:
        raise InvalidBackendError(f"STORAGES[{alias!r}] is no RoutingStorage: it has no tenants.")
    if bucket is not None:
        raise InvalidBackendError(
            f"STORAGES[{alias!r}] is no MinioStorage: it has no buckets to choose from."
        )

"""WHAT DJANGO SEES: storages, file objects and the field."""

from tenant_minio.storage.alias import from_alias
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

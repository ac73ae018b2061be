"""WHAT DJANGO SEES: storages, file objects and the field."""

from tenant_minio.storage.alias import from_alias
from tenant_minio.storage.fields import TenantFieldFile, TenantFileField
from tenant_minio.storage.minio import MemoryStorage, MinioStorage
from tenant_minio.storage.routed import RoutingStorage
from tenant_minio.storage.static import MinioStaticStorage, RoutingStaticStorage

__all__ = [
    "MemoryStorage",
    "MinioStaticStorage",
    "MinioStorage",
    "RoutingStaticStorage",
    "RoutingStorage",
    "TenantFieldFile",
    "TenantFileField",
    "from_alias",
]

"""A multi-tenant storage router for Django.

The names load at first use, so that settings modules and test tools can import this package
before Django is configured.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tenant_minio import exceptions as exceptions
    from tenant_minio.backends.base import ObjectStat as ObjectStat
    from tenant_minio.backends.registry import registry as registry
    from tenant_minio.routing import Route as Route
    from tenant_minio.storage import MemoryStorage as MemoryStorage
    from tenant_minio.storage import MinioStaticStorage as MinioStaticStorage
    from tenant_minio.storage import MinioStorage as MinioStorage
    from tenant_minio.storage import RoutingStaticStorage as RoutingStaticStorage
    from tenant_minio.storage import RoutingStorage as RoutingStorage
    from tenant_minio.storage import TenantFileField as TenantFileField
    from tenant_minio.storage.manifest import (
        MinioManifestStaticStorage as MinioManifestStaticStorage,
    )
    from tenant_minio.tenants import current_tenant as current_tenant
    from tenant_minio.tenants import require_tenant as require_tenant
    from tenant_minio.tenants import use_tenant as use_tenant

__version__ = "0.1.0"

_HOMES = {
    "MemoryStorage": "tenant_minio.storage",
    "MinioManifestStaticStorage": "tenant_minio.storage.manifest",
    "MinioStaticStorage": "tenant_minio.storage",
    "MinioStorage": "tenant_minio.storage",
    "ObjectStat": "tenant_minio.backends.base",
    "Route": "tenant_minio.routing",
    "RoutingStaticStorage": "tenant_minio.storage",
    "RoutingStorage": "tenant_minio.storage",
    "TenantFileField": "tenant_minio.storage",
    "current_tenant": "tenant_minio.tenants",
    "registry": "tenant_minio.backends.registry",
    "require_tenant": "tenant_minio.tenants",
    "use_tenant": "tenant_minio.tenants",
}

__all__ = [  # noqa: PLE0604 -- they are the keys of the table above
    *_HOMES,
    "exceptions",
]


def __getattr__(name: str) -> Any:
    if name == "exceptions":
        return import_module("tenant_minio.exceptions")
    try:
        home = _HOMES[name]
    except KeyError:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value

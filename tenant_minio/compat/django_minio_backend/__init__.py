"""The names that a project on django-minio-backend imports, over this package's storages.

``docs/migrating-from-django-minio-backend.md`` takes one through it.
"""

from tenant_minio.compat.django_minio_backend.apps import DjangoMinioBackendConfig
from tenant_minio.compat.django_minio_backend.models import (
    MinioBackend,
    MinioBackendStatic,
    get_iso_date,
    iso_date_prefix,
)

__all__ = [
    "DjangoMinioBackendConfig",
    "MinioBackend",
    "MinioBackendStatic",
    "get_iso_date",
    "iso_date_prefix",
]

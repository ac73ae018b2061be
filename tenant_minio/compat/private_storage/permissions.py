"""What stands in ``private_storage.permissions``: for ``PRIVATE_STORAGE_AUTH_FUNCTION``."""

from tenant_minio.private.permissions import allow_authenticated, allow_staff, allow_superuser

__all__ = ["allow_authenticated", "allow_staff", "allow_superuser"]

"""What stands in ``private_storage.models``."""

from tenant_minio.private.files import PrivateFile

__all__ = ["PrivateFile"]

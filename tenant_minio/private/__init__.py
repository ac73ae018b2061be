"""PRIVATE FILES: who may have them, and how they are sent."""

from tenant_minio.private.fields import PrivateFileField, PrivateImageField
from tenant_minio.private.files import PrivateFile
from tenant_minio.private.storage import private_storage

__all__ = ["PrivateFile", "PrivateFileField", "PrivateImageField", "private_storage"]

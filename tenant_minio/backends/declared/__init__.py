"""What ``STORAGES`` declares, as values, with all that is wrong."""

from tenant_minio.backends.declared.entries import Declared
from tenant_minio.backends.declared.plain import PLAIN_OPTIONS

__all__ = ["PLAIN_OPTIONS", "Declared"]

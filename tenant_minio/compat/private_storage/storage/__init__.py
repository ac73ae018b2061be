"""What stands in ``private_storage.storage``: the one storage of the settings."""

from typing import Any

from django.core.files.storage import Storage
from django.utils.module_loading import import_string

from tenant_minio.compat.private_storage import appconfig

__all__ = ["PrivateStorage", "private_storage"]

PrivateStorage: Any = import_string(appconfig.PRIVATE_STORAGE_CLASS)
private_storage: Storage = PrivateStorage()

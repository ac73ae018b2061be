"""What stands in ``private_storage.fields``: fields that are bound to ``private_storage``."""

from __future__ import annotations

from typing import Any

from tenant_minio.compat.private_storage.storage import private_storage
from tenant_minio.private import fields

__all__ = ["PrivateFileField", "PrivateImageField"]


class PrivateFileField(fields.PrivateFileField):
    """A private file, by default in the storage that ``PRIVATE_STORAGE_CLASS`` names."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("storage", private_storage)
        # 0 is no limit there.
        kwargs["max_file_size"] = kwargs.get("max_file_size") or None
        super().__init__(*args, **kwargs)


class PrivateImageField(PrivateFileField, fields.PrivateImageField):
    """The same for images."""

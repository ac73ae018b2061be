"""What stands in ``private_storage.storage.minio``.

Its settings are ``MINIO_PRIVATE_STORAGE_*`` and, where these are not set, ``MINIO_STORAGE_*`` of
django-minio-storage. A setting that is False is set.
"""

from __future__ import annotations

from typing import Any

from tenant_minio.compat.private_storage import appconfig
from tenant_minio.compat.private_storage.storage.settled import SettledStorage, declare, setting

_PREFIXES = ("MINIO_PRIVATE_STORAGE_", "MINIO_STORAGE_")
_WORDS = {
    "endpoint": "ENDPOINT",
    "access_key": "ACCESS_KEY",
    "secret_key": "SECRET_KEY",
    "secure": "USE_HTTPS",
    "region": "REGION",
    "bucket": "MEDIA_BUCKET_NAME",
    "check_bucket_on_save": "AUTO_CREATE_MEDIA_BUCKET",
}
_BACKUPS = ("MEDIA_BACKUP_BUCKET", "MEDIA_BACKUP_FORMAT")


def _given(name: str) -> Any:
    return setting(*(prefix + name for prefix in _PREFIXES))


class PrivateMinioStorage(SettledStorage):
    """The bucket that ``MINIO_PRIVATE_STORAGE_MEDIA_BUCKET_NAME`` names, which is private."""

    settled_alias = "private_storage_minio"

    @classmethod
    def settled(cls) -> tuple[dict[str, Any], dict[str, str]]:
        """See :meth:`SettledStorage.settled`."""
        found = {ours: _given(theirs) for ours, theirs in _WORDS.items()}
        # Both were read by django-private-storage, under these two names.
        metadata = setting("MINIO_PRIVATE_STORAGE_OBJECT_METADATA")
        found["metadata"] = metadata or setting("MINIO_STORAGE_MEDIA_OBJECT_METADATA")
        options = {name: value for name, value in found.items() if value is not None}
        if "endpoint" not in options or "bucket" not in options:
            return {}, {}
        refused = {
            "MINIO_(PRIVATE_)STORAGE_" + name: "declare versioning for the bucket instead"
            for name in _BACKUPS
            if _given(name)
        }
        return options, refused

    def url(self, name: str | None, **options: Any) -> str:
        """A signed URL; that of the view with ``PRIVATE_STORAGE_MINO_REVERSE_PROXY``."""
        if appconfig.PRIVATE_STORAGE_MINO_REVERSE_PROXY and not options:
            return self.view_url(name)
        return super().url(name, **options)


declare(PrivateMinioStorage, prefixes=_PREFIXES)

"""What stands in ``private_storage.views``: they follow the ``PRIVATE_STORAGE_*`` settings."""

from __future__ import annotations

from typing import Any

from django.utils.module_loading import import_string

from tenant_minio.compat.private_storage import appconfig
from tenant_minio.compat.private_storage.servers import get_server_class
from tenant_minio.compat.private_storage.storage import private_storage
from tenant_minio.private import views
from tenant_minio.private.files import PrivateFile
from tenant_minio.private.servers import Server

__all__ = ["PrivateStorageDetailView", "PrivateStorageView"]


class PrivateStorageView(views.PrivateStorageView):
    """Give the file at ``path``, a part of the URL."""

    storage = private_storage
    content_disposition: str | None = None
    permission_denied_message = "Private storage access denied"

    @staticmethod
    def can_access_file(private_file: PrivateFile) -> bool:
        """What ``PRIVATE_STORAGE_AUTH_FUNCTION`` says."""
        found: Any = import_string(appconfig.PRIVATE_STORAGE_AUTH_FUNCTION)
        answer: bool = found(private_file)
        return answer

    def get_server_class(self) -> type[Server]:
        given: Any = self.server_class or appconfig.PRIVATE_STORAGE_SERVER
        found: type[Server] = get_server_class(given) if isinstance(given, str) else given
        return found


class PrivateStorageDetailView(views.PrivateStorageDetailView, PrivateStorageView):
    """Give the file of a row."""

"""What stands in ``private_storage.views``: they follow the ``PRIVATE_STORAGE_*`` settings."""

from __future__ import annotations

from typing import Any

from django.utils.functional import classproperty
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

    @classproperty
    def server_class(cls) -> type[Server]:  # noqa: N805 -- it is the class
        """What ``PRIVATE_STORAGE_SERVER`` names; views may set another, or its name."""
        return get_server_class(appconfig.PRIVATE_STORAGE_SERVER)

    @staticmethod
    def can_access_file(private_file: PrivateFile) -> bool:
        """What ``PRIVATE_STORAGE_AUTH_FUNCTION`` says."""
        found: Any = import_string(appconfig.PRIVATE_STORAGE_AUTH_FUNCTION)
        answer: bool = found(private_file)
        return answer

    def get_server_class(self) -> type[Server]:
        given: Any = self.server_class
        found: type[Server] = get_server_class(given) if isinstance(given, str) else given
        return found


class PrivateStorageDetailView(views.PrivateStorageDetailView, PrivateStorageView):
    """Give the file of a row."""

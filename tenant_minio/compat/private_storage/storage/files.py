"""What stands in ``private_storage.storage.files``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.files.storage import FileSystemStorage
from django.urls import reverse
from django.utils.deconstruct import deconstructible

from tenant_minio.compat.private_storage import appconfig
from tenant_minio.exceptions import InvalidBackendError


@deconstructible
class PrivateFileSystemStorage(FileSystemStorage):
    """A local folder that no web server gives out; URLs are those of the view.

    Args:
        location: the folder; ``PRIVATE_STORAGE_ROOT`` if None.
        base_url: what URLs begin with; the view's if None.
    """

    def __init__(self, location: Any = None, base_url: str | None = None, **kwargs: Any) -> None:
        self._folder = location
        self._leads_to = base_url
        super().__init__(location=location, base_url=base_url, **kwargs)

    @property
    def base_location(self) -> Any:
        """The folder. Raises InvalidBackendError: else it would be MEDIA_ROOT, which is public."""
        folder = self._folder or appconfig.PRIVATE_STORAGE_ROOT
        if not folder:
            raise InvalidBackendError(
                "PRIVATE_STORAGE_ROOT is not set. It names the folder that private files are in, "
                "which no web server gives out."
            )
        return folder

    @property
    def location(self) -> str:
        """Its absolute path. Raises as :attr:`base_location`."""
        return str(Path(self.base_location).absolute())

    @property
    def base_url(self) -> str:
        """What URLs begin with: never MEDIA_URL. Raises NoReverseMatch without the view's URLs."""
        if self._leads_to is not None:
            return str(super().base_url)
        return reverse("serve_private_file", kwargs={"path": ""})

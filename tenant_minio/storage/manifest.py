"""Static files with hashed names, which are listed in a manifest."""

from __future__ import annotations

from typing import Any, cast

from django.contrib.staticfiles.storage import HashedFilesMixin, ManifestFilesMixin
from django.core.files.storage import Storage
from django.utils.functional import cached_property

from tenant_minio.storage.static import MinioStaticStorage


class _Quoted(MinioStaticStorage):
    """HashedFilesMixin decodes what this returns, which would break a URL with a signature."""

    def url(self, name: str | None, **options: Any) -> str:
        return super().url(name, **options).replace("%", "%25")


class MinioManifestStaticStorage(ManifestFilesMixin, _Quoted):  # type: ignore[misc]  # url() takes other arguments
    """Django's ManifestStaticFilesStorage on a cluster.

    The manifest is read at the first use of a hashed name, once per process, and not when the
    storage is made: settings and models can be loaded without a cluster. Django's attributes and
    methods for subclasses (``patterns``, ``manifest_strict``, ``file_hash`` ...) work as there.

    Args:
        manifest_storage: a storage for the manifest alone; this one if None.

    The other options are those of :class:`MinioStaticStorage`.
    """

    extra_options = MinioStaticStorage.extra_options | {"manifest_storage"}

    def __init__(self, *, manifest_storage: Storage | None = None, **options: Any) -> None:
        # Past ManifestFilesMixin's own, which reads the manifest.
        HashedFilesMixin.__init__(self, **options)
        self.manifest_storage = self if manifest_storage is None else manifest_storage
        del self.hashed_files

    @cached_property
    def hashed_files(self) -> dict[str, str]:  # type: ignore[override]  # as good as an attribute
        """From names to hashed names, as the manifest has them."""
        found: dict[str, str]
        found, self.__dict__["manifest_hash"] = cast("Any", self.load_manifest())
        return found

    @cached_property
    def manifest_hash(self) -> str:  # type: ignore[override]  # as good as an attribute
        """Of all names and hashed names together."""
        _ = self.hashed_files
        found: str = self.__dict__["manifest_hash"]
        return found

    def compresses(self, name: str) -> bool:
        """Not the manifest: it is read by Django, and may be read by others."""
        return name != self.manifest_name and super().compresses(name)

"""Static files with hashed names, which are listed in a manifest."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any, cast

from django.conf import settings
from django.contrib.staticfiles.storage import HashedFilesMixin, ManifestFilesMixin
from django.core.files.storage import Storage, storages
from django.utils.functional import cached_property

from tenant_minio.problems import Problem
from tenant_minio.storage.static import MinioStaticStorage

# So that threads do not all read the manifest.
_reading = threading.RLock()


class _Quoted(MinioStaticStorage):
    """HashedFilesMixin decodes what this returns, which would break a URL with a signature."""

    def url(self, name: str | None, **options: Any) -> str:
        return super().url(name, **options).replace("%", "%25")


class MinioManifestStaticStorage(ManifestFilesMixin, _Quoted):
    """Django's ManifestStaticFilesStorage on a cluster.

    The manifest is read at the first use of a hashed name, once per process, and not when the
    storage is made: settings and models can be loaded without a cluster. Django's attributes and
    methods for subclasses (``patterns``, ``manifest_strict``, ``file_hash`` ...) work as there.

    Args:
        manifest_storage: a storage for the manifest alone, or its alias; this one if None.

    The other options are those of :class:`MinioStaticStorage`.
    """

    extra_options = MinioStaticStorage.extra_options | {"manifest_storage"}

    def __init__(self, *, manifest_storage: Storage | str | None = None, **options: Any) -> None:
        # Past ManifestFilesMixin's own, which reads the manifest.
        HashedFilesMixin.__init__(self, **options)
        if isinstance(manifest_storage, str):
            itself = manifest_storage == self._alias
            manifest_storage = None if itself else storages[manifest_storage]
        self.manifest_storage = self if manifest_storage is None else manifest_storage
        del self.hashed_files

    @classmethod
    def option_problems(cls, alias: str, options: Mapping[str, Any]) -> list[Problem]:
        """Those of static files, and a manifest that has no storage."""
        found = super().option_problems(alias, options)
        where = options.get("manifest_storage")
        known = sorted(storages.backends)
        if not (where is None or isinstance(where, Storage) or where in known):
            message = f"STORAGES[{alias!r}] option 'manifest_storage': {where!r} is not valid."
            hint = f"It takes a storage or an alias of STORAGES: {', '.join(known)}."
            found.append(Problem("E005", (alias,), message, hint))
        return found

    @cached_property
    def hashed_files(self) -> dict[str, str]:  # type: ignore[override]  # as good as an attribute
        """From names to hashed names, as the manifest has them."""
        with _reading:
            # Another thread may have read it meanwhile; attributes of a bound copy are its own.
            found: dict[str, str] | None = self.__dict__.get("hashed_files")
            if found is None:
                found, self.__dict__["manifest_hash"] = cast("Any", self.load_manifest())
                self.__dict__["hashed_files"] = found
        return found

    @cached_property
    def manifest_hash(self) -> str:  # type: ignore[override]  # as good as an attribute
        """Of all names and hashed names together."""
        _ = self.hashed_files
        found: str = self.__dict__["manifest_hash"]
        return found

    def url(self, name: str | None, force: bool = False, **options: Any) -> str:
        """Of the hashed name, as Django's; ``options`` are those of every storage's ``url``."""
        if not options:
            found: str = super().url(cast("str", name), force)
            return found
        given = name or ""
        if not given or given.endswith("/") or (settings.DEBUG and not force):
            return MinioStaticStorage.url(self, given, **options)
        return MinioStaticStorage.url(self, self.stored_name(given), **options)

    def compresses(self, name: str) -> bool:
        """Not the manifest: it is read by Django, and may be read by others."""
        return name != self.manifest_name and super().compresses(name)

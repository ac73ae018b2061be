"""Storages for ``STORAGES["staticfiles"]``: public, with the headers that browsers want."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from gzip import GzipFile
from typing import Any, cast

from django.core.files.base import File

from tenant_minio.problems import Problem
from tenant_minio.storage.base import ObjectStorage
from tenant_minio.storage.compression import gzipped
from tenant_minio.storage.content_types import is_compressible, web_type
from tenant_minio.storage.minio import MinioStorage
from tenant_minio.storage.routed import RoutingStorage

# What Django's HashedFilesMixin.file_hash puts before the extension.
_HASHED = re.compile(r"\.[0-9a-f]{12}(?:\.[^./]*)?\Z")
_GZIP_MAGIC = b"\x1f\x8b"


class StaticFiles(ObjectStorage):
    """What the storages for static files share. The attributes are the defaults of the options."""

    extra_options = frozenset({"cache_control", "immutable_cache_control", "gzip"})
    public_by_default = True

    # Browsers ask again after a minute; an equal ETag is a 304.
    cache_control: str | None = "public, max-age=60"
    immutable_cache_control: str | None = "public, max-age=31536000, immutable"
    gzip = False

    @classmethod
    def option_problems(cls, alias: str, options: Mapping[str, Any]) -> list[Problem]:
        """The options of static files that have wrong values."""
        kinds: Mapping[str, Callable[[object], bool]] = {
            "cache_control": _is_header,
            "immutable_cache_control": _is_header,
            "gzip": lambda value: isinstance(value, bool),
        }
        return [
            *super().option_problems(alias, options),
            *(
                Problem(
                    "E005",
                    (alias,),
                    f"STORAGES[{alias!r}] option {name!r}: {options[name]!r} is not valid.",
                    "It takes True or False."
                    if name == "gzip"
                    else "It takes the text of the header in one line, or None for no header.",
                )
                for name, fits in kinds.items()
                if name in options and not fits(options[name])
            ),
        ]

    def _option(self, name: str) -> Any:
        return self._options.get(name, getattr(self, name))

    def is_immutable(self, name: str) -> bool:
        """Whether the name changes with the content, so that it may be cached for ever.

        By default names as Django's manifest storages make them: ``app.0123456789ab.css``.
        """
        return _HASHED.search(name) is not None

    def object_headers(self, name: str) -> Mapping[str, str]:
        """Content type and caching."""
        headers = {**super().object_headers(name), "Content-Type": web_type(name)}
        immutable = self.is_immutable(name)
        cache = self._option("immutable_cache_control" if immutable else "cache_control")
        if cache is not None:
            headers["Cache-Control"] = cache
        return headers

    def compresses(self, name: str) -> bool:
        """Whether a file of this name is stored with gzip, if that makes it smaller."""
        return bool(self._option("gzip")) and is_compressible(web_type(name))

    def _save(self, name: str, content: Any) -> str:
        if not self.compresses(name):
            return super()._save(name, content)
        with gzipped(content) as packed:
            if packed is None:
                return super()._save(name, content)
            headers = {**self.object_headers(name), "Content-Encoding": "gzip"}
            packing = self.at(self.locate().with_headers(headers))
            return super(StaticFiles, packing)._save(name, packed)

    def _open(self, name: str, mode: str = "rb") -> File[Any]:
        file = super()._open(name, mode)
        if mode != "rb" or not self.compresses(name):
            return file
        # Files of these types do not begin so by themselves.
        packed = file.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC
        file.seek(0)
        return _Unpacked(file, name) if packed else file

    def url(self, name: str | None, **options: Any) -> str:
        """As every storage's; also for a directory, as in ``{% static "admin/" %}``."""
        if name and not name.endswith("/"):
            return super().url(name, **options)
        return super().url(f"{name or ''}x", signed=False)[:-1]


class _Unpacked(File):  # type: ignore[type-arg]  # no subscripts at run time
    """Reads a compressed file as what it was before."""

    def __init__(self, packed: File[Any], name: str) -> None:
        super().__init__(cast("Any", GzipFile(fileobj=packed, mode="rb")), name)
        self._packed = packed

    def close(self) -> None:
        super().close()
        self._packed.close()


def _is_header(value: object) -> bool:
    return value is None or (
        isinstance(value, str) and bool(value.strip()) and value.isascii() and value.isprintable()
    )


class MinioStaticStorage(StaticFiles, MinioStorage):
    """Static files in one public place, shared by all tenants.

    Args:
        cache_control: header of files whose name stays the same when they change.
        immutable_cache_control: header of files with a hash in their name.
        gzip: store texts, fonts and the like compressed. Every client then gets them so.

    The other options are those of :class:`MinioStorage`.
    """


class RoutingStaticStorage(StaticFiles, RoutingStorage):
    """Static files in a public place of each tenant's own.

    The options are those of :class:`RoutingStorage`, and those of static files that
    :class:`MinioStaticStorage` names. It has no manifest: hashed names would have to be looked up
    for each tenant on each page.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Refuse Django's manifest mix-ins, which keep one tenant's names on the instance."""
        super().__init_subclass__(**kwargs)
        if hasattr(cls, "hashed_name"):
            raise TypeError(
                f"{cls.__name__}: a manifest is kept on the storage, so one tenant would get the "
                f"file names of another. Use MinioManifestStaticStorage for files that all "
                f"tenants share."
            )

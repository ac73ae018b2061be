"""Storages for ``STORAGES["staticfiles"]``: public, with the headers that browsers want."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from posixpath import normpath
from typing import Any

from django.core.files.base import File

from tenant_minio.backends.write_rules import header_value
from tenant_minio.problems import Problem
from tenant_minio.storage.base import ObjectStorage
from tenant_minio.storage.compression import UnpackedFile, gzipped
from tenant_minio.storage.content_types import is_compressible, web_type
from tenant_minio.storage.minio import MinioStorage
from tenant_minio.storage.routed import RoutingStorage

# What Django's HashedFilesMixin.file_hash puts before the extension.
_HASHED = re.compile(r"\.[0-9a-f]{12}(?:\.[^./]*)?\Z")


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
                    else "It takes the text of the header in one line of ASCII, without spaces "
                    "around it, or None for no header.",
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
        """Content type and caching, as far as the options of the entry do not say them."""
        headers = {**super().object_headers(name)}
        if self._options.get("content_type") is None:
            headers["Content-Type"] = web_type(name)
        option = "immutable_cache_control" if self.is_immutable(name) else "cache_control"
        said = {header.lower() for header in self._options.get("headers") or ()}
        cache = self._option(option)
        if cache is not None and (option in self._options or "cache-control" not in said):
            headers["Cache-Control"] = cache
        return headers

    def compresses(self, name: str) -> bool:
        """Whether a file of this name is stored with gzip, if that makes it smaller."""
        return bool(self._option("gzip")) and is_compressible(web_type(name))

    def _save(self, name: str, content: Any) -> str:
        if not self.compresses(name):
            return super()._save(name, content)
        with gzipped(content) as (file, packed):
            if not packed:
                return super()._save(name, file)
            headers = {**self.object_headers(name), "Content-Encoding": "gzip"}
            packing = self.at(self.locate().with_headers(headers))
            return super(StaticFiles, packing)._save(name, file)

    def _open(self, name: str, mode: str = "rb") -> File[Any]:
        if self.compresses(name):
            return UnpackedFile(self.locate(), str(name), mode)
        return super()._open(name, mode)

    def url(self, name: str | None, **options: Any) -> str:
        """As every storage's; also for a directory, as in ``{% static "admin/" %}``.

        As with Django's own, slashes before the name, and parts such as ``css/../``, do not count.
        """
        path = _path(name or "")
        if path and name and not name.endswith("/"):
            return super().url(path, **options)
        return super().url(f"{path}/x".lstrip("/"), signed=False)[:-1]

    def urls(self, names: Iterable[str], **options: Any) -> list[str]:
        """The URLs of many files, in order; see :meth:`url`."""
        return [self.url(name, **options) for name in names]


def _path(name: str) -> str:
    """The name as Django's storages join it to their URL: without what leads nowhere else."""
    path = normpath(name.lstrip("/"))
    return "" if path == "." else path


def _is_header(value: object) -> bool:
    try:
        return value is None or bool(isinstance(value, str) and header_value("", value))
    except ValueError:
        return False


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

"""Django's Storage API over a location that is found anew at each operation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Self

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import Storage
from django.utils import timezone

from tenant_minio.backends.base import ByteRange, ObjectStat
from tenant_minio.backends.options import MAX_EXPIRY
from tenant_minio.backends.registry import registry
from tenant_minio.backends.signer import RESPONSE_HEADERS, Query
from tenant_minio.backends.write_options import WriteOptions
from tenant_minio.events import Operation, Watch
from tenant_minio.exceptions import ObjectExistsError
from tenant_minio.problems import Problem
from tenant_minio.storage.alias import alias_in_settings, from_alias
from tenant_minio.storage.files import ObjectFile
from tenant_minio.storage.location import Location
from tenant_minio.storage.naming import alternative, shortened
from tenant_minio.storage.ranges import ObjectRange
from tenant_minio.storage.source import rewind
from tenant_minio.storage.staged import source_of, used_up

_MAX_NAMES = 100
_METHODS = frozenset({"GET", "HEAD"})
# What migrations call: :func:`tenant_minio.storage.alias.from_alias`, where it is public.
FROM_ALIAS = "tenant_minio.storage.from_alias"


@dataclass(frozen=True, slots=True)
class _Saving:
    """A save() that is under way.

    Args:
        claims: a taken name is refused, not replaced.
        watch: the operation that it is.
    """

    claims: bool
    watch: Watch


# Set while save() calls a subclass's _save.
_saving: ContextVar[_Saving | None] = ContextVar("tenant_minio_saving", default=None)


class ObjectStorage(Storage):
    """What MinioStorage and RoutingStorage share.

    An instance holds its options or its alias and nothing else: settings are validated, and the
    location is found, at each operation.

    All methods that take a name raise UnsafeNameError for one that could leave its tenant, and
    PermissionDeniedError, MissingBucketError or BackendUnavailableError where the cluster does
    not do what was asked.
    """

    # The registry takes classes with this mark for this package's own.
    tenant_minio_storage = True

    _options: dict[str, Any]
    _alias: str | None

    # Options that a subclass takes beside this package's own, for the checks.
    extra_options: frozenset[str] = frozenset()
    # Whether its files are public where the entry does not say.
    public_by_default = False

    def __new__(cls, *_args: Any, **options: Any) -> Self:
        """Keep the options as Django passed them, whatever a subclass's ``__init__`` makes of them.

        They tell which entry of STORAGES this is.
        """
        storage = super().__new__(cls)
        storage._options = options
        storage._alias = alias_in_settings(cls, options)
        return storage

    def __init__(self, **_options: Any) -> None:
        """The registry reads the options from STORAGES; nothing is validated here."""

    @property
    def alias(self) -> str:
        """The entry of STORAGES that this storage is. Raises InvalidBackendError."""
        if self._alias is None:
            self._alias = registry.alias_of(type(self), self._options)
        return self._alias

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._alias!r}>"

    def deconstruct(self) -> tuple[str, tuple[str, ...], dict[str, str]]:
        """How migrations write this storage down: by alias, never with its options."""
        return FROM_ALIAS, (self.alias,), {}

    def _bound(self, **to: str) -> Self:
        """The same storage, bound to what ``to`` sets."""
        bound = object.__new__(type(self))
        bound.__dict__.update(self.__dict__, **to)
        return bound

    def __reduce__(self) -> Any:
        _path, arguments, keywords = self.deconstruct()
        return partial(from_alias, **keywords), arguments

    @classmethod
    def option_problems(cls, alias: str, options: Mapping[str, Any]) -> list[Problem]:
        """What is wrong with the values of a subclass's own options; see ``extra_options``."""
        return []

    def locate(self) -> Location:
        """Where files are at this moment."""
        raise NotImplementedError

    def at(self, location: Location) -> Self:
        """The same storage with its files at ``location``, whatever its settings say.

        So static files are made ready in a local folder by the very class that stores them.
        """
        moved = self._bound()
        moved.__dict__["locate"] = lambda: location
        return moved

    # How files are written

    def write_options(self, backend_alias: str) -> WriteOptions:
        """How files are written on a backend: the options of STORAGES.

        Asked at each request for a file, so an override keeps what it computes. It lays values
        over these with ``super().write_options(backend_alias).over(tags={...})``.

        Raises:
            InvalidBackendError: the settings are wrong.
        """
        return registry.write_options(self.alias, backend_alias)

    def object_headers(self, name: str) -> Mapping[str, str]:
        """Headers of one file, over those of the options; for subclasses. Asked at each write.

        Returns:
            Cache-Control, Content-Disposition, Content-Encoding, Content-Language, Expires and
            Content-Type, and no other.
        """
        return {}

    # Saving

    def save(self, name: str | None, content: Any, max_length: int | None = None) -> str:
        """Store ``content`` under ``name``, or under another name if that is taken.

        With the option ``replace_existing`` it takes the place of what is there, at once and whole.
        One request for a new file of up to 8 MiB. The name is claimed by the cluster itself
        (If-None-Match), so two that save at once get two names. The caller's file stays open.

        Args:
            name: relative to the tenant; ``content.name`` if None.
            content: a file-like object, read from its beginning.
            max_length: of the returned name, in characters.

        Returns:
            The name it was stored under.

        Raises:
            ObjectExistsError: no other name may or can be taken.
            WriteOutcomeUnknownError: the answer was lost, and the cluster does not tell.
        """
        asked = str((content.name if name is None else name) or "")
        location = self.locate()
        with location.watch(Operation.SAVE) as watch, used_up(content, location) as became:
            saved = self._save_as(asked, content, max_length, location, watch)
            became(saved)
        return saved

    def _save_as(
        self, asked: str, content: Any, max_length: int | None, location: Location, watch: Watch
    ) -> str:
        location.key(asked)
        wanted = asked
        if self._overrides("get_available_name") or self._overrides("is_name_available"):
            wanted = self.get_available_name(asked, max_length=max_length)
        elif max_length is not None and len(asked) > max_length:
            wanted = alternative(asked, max_length, self.get_alternative_name)
        # A subclass that transforms content does it in _save, and reads it anew each time.
        own_save = self._overrides("_save")
        options = self.write_options(location.backend.alias)
        source = None if own_save else source_of(content, options, location)
        replace = options.replace_existing
        for _name in range(_MAX_NAMES):
            try:
                if source is not None:
                    source.store(location, wanted, replace=replace)
                    watch.bytes = source.size
                    return wanted
                with _inside(_Saving(not replace, watch)):
                    saved = self._save(wanted, content)
            except ObjectExistsError as refused:
                if refused.by_parent:
                    raise
                if not (rewind(content) if source is None else source.can_repeat()):
                    raise
                taken, wanted = wanted, self._next_name(asked, wanted, max_length)
                replace = wanted == taken
            else:
                location.key(saved)
                return saved
        raise ObjectExistsError(f"{_MAX_NAMES} names like {asked!r} were refused as taken.")

    def _save(self, name: str, content: Any) -> str:
        """Store ``content`` under exactly this name.

        Called alone, as Django's manifest storages do, it replaces what is there. Inside
        :meth:`save` it raises ObjectExistsError for a taken name, and is called for the next.
        """
        location = self.locate()
        saving = _saving.get()
        if saving is not None:
            self._store(name, content, location, saving)
            return name
        with location.watch(Operation.SAVE) as watch, used_up(content, location) as became:
            self._store(name, content, location, _Saving(claims=False, watch=watch))
            became(name)
        return name

    def _store(self, name: str, content: Any, location: Location, saving: _Saving) -> None:
        source = source_of(content, self.write_options(location.backend.alias), location)
        source.store(location, name, replace=not saving.claims)
        saving.watch.bytes += source.size

    def _overrides(self, method: str) -> bool:
        """Whether a subclass has its own: Django's and this class's do not count."""
        own = getattr(type(self), method)
        return own is not getattr(ObjectStorage, method)

    def get_valid_name(self, name: str) -> str:
        """Django's, shortened to what S3 servers store as one segment. Needs no tenant."""
        return shortened(super().get_valid_name(name))

    def is_name_available(self, name: str, max_length: int | None = None) -> bool:
        """Django's; an own ``exists`` of a subclass is asked. A part of saving, and no event."""
        if self._overrides("exists"):
            return super().is_name_available(name, max_length)
        if max_length is not None and len(name) > max_length:
            return False
        return not self.locate().exists(name)

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        """Django's; with the option ``replace_existing`` the name itself, shortened if it must be.

        Raises SuspiciousFileOperation where no name fits into ``max_length``.
        """
        if not self.write_options(self.locate().backend.alias).replace_existing:
            return super().get_available_name(name, max_length)
        if max_length is None or len(name) <= max_length:
            return name
        return alternative(name, max_length, self.get_alternative_name)

    def _next_name(self, asked: str, taken: str, max_length: int | None) -> str:
        """What to try after a taken name; the same one where that is to be replaced."""
        found = self.get_available_name(asked, max_length=max_length)
        if found != taken:
            return found
        if self._overrides("get_available_name"):
            raise ObjectExistsError(
                f"There is a file {taken!r} already, and {type(self).__name__}.get_available_name "
                f"insists on that name. Delete the file first, or let it return another."
            )
        # Refused, yet not there: deleted meanwhile, or a delete marker as VersityGW reads it.
        return alternative(asked, max_length, self.get_alternative_name)

    # Reading

    def _open(self, name: str, mode: str = "rb") -> File[Any]:
        return ObjectFile(self.locate(), str(name), mode)

    def open_range(self, name: str, wanted: ByteRange | None = None) -> ObjectRange:
        """Some bytes of a file and all that the cluster tells about it, in one request.

        Args:
            name: relative to the tenant.
            wanted: which bytes; all of them if None.

        Raises:
            ObjectNotFoundError: there is no such file.
        """
        return ObjectRange(self.locate(), str(name), wanted)

    def delete(self, name: str) -> None:
        """Delete a file; one that is not there is fine. Raises ValueError for ``""``."""
        if not name:
            raise ValueError("The name of the file to delete is empty.")
        location = self.locate()
        with location.watch(Operation.DELETE):
            location.delete(str(name))

    def exists(self, name: str) -> bool:
        """Whether there is such a file; ``""`` is the root. An outage raises, it is not False."""
        location = self.locate()
        with location.watch(Operation.EXISTS):
            if str(name) in {"", "."}:
                return location.bucket_exists()
            return location.exists(str(name))

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        """Directories and files directly in ``path``; ``""`` is the root."""
        directories, files = [], []
        location = self.locate()
        with location.watch(Operation.LIST):
            for item in location.list(str(path)):
                if item.size is None:
                    directories.append(item.key.removesuffix("/"))
                else:
                    files.append(item.key)
        return directories, files

    def size(self, name: str) -> int:
        """In bytes. Raises ObjectNotFoundError."""
        location = self.locate()
        with location.watch(Operation.SIZE):
            return location.head(str(name)).size

    def stat(self, name: str) -> ObjectStat:
        """All that the cluster tells about a file, in one request. Raises ObjectNotFoundError."""
        location = self.locate()
        with location.watch(Operation.STAT):
            return location.stat(str(name))

    def get_modified_time(self, name: str) -> datetime:
        """By the cluster's clock; aware where USE_TZ is True. Raises ObjectNotFoundError."""
        location = self.locate()
        with location.watch(Operation.MODIFIED):
            modified = location.head(str(name)).modified
        return (
            modified
            if settings.USE_TZ
            else timezone.make_naive(modified, timezone.get_default_timezone())
        )

    # URLs

    def url(
        self,
        name: str | None,
        *,
        expires: int | timedelta | None = None,
        signed: bool | None = None,
        method: str = "GET",
        response_headers: Mapping[str, str] | None = None,
    ) -> str:
        """Where a browser gets the file. Opens no socket where the key is at hand.

        Args:
            name: relative to the tenant.
            expires: life of a signed URL, in seconds; the backend's ``url_expiry`` if None. The
                signing time is rounded down, so at least three quarters of it are left.
            signed: whether to sign; by default where the location is not public.
            method: GET or HEAD.
            response_headers: the six ``response-*`` headers of S3, and no other.

        Raises:
            ValueError: an argument is not one of these.
        """
        life, query = _url_terms(method, expires, response_headers)
        return self.locate().url(str(name or ""), signed, method, life, query)

    def urls(
        self,
        names: Iterable[str],
        *,
        expires: int | timedelta | None = None,
        signed: bool | None = None,
        method: str = "GET",
        response_headers: Mapping[str, str] | None = None,
    ) -> list[str]:
        """The URLs of many files, in order; see :meth:`url`."""
        life, query = _url_terms(method, expires, response_headers)
        url = self.locate().url
        return [url(str(name), signed, method, life, query) for name in names]


def _url_terms(
    method: str, expires: int | timedelta | None, response_headers: Mapping[str, str] | None
) -> tuple[int | None, Query]:
    """The life in seconds and the parameters of a URL. Raises ValueError."""
    if method not in _METHODS:
        raise ValueError(f"A URL is for GET or HEAD, not {method!r}.")
    life = None if expires is None else _seconds(expires)
    if not response_headers:
        return life, ()
    wrong = ", ".join(sorted(set(response_headers) - RESPONSE_HEADERS))
    if wrong:
        known = ", ".join(sorted(RESPONSE_HEADERS))
        raise ValueError(f"{wrong}: the headers that a URL may ask for are {known}.")
    return life, tuple(sorted((name, str(text)) for name, text in response_headers.items()))


def _seconds(expires: int | timedelta) -> int:
    life = int(expires.total_seconds()) if isinstance(expires, timedelta) else int(expires)
    if not 1 <= life <= MAX_EXPIRY:
        raise ValueError(f"A signed URL lives from 1 to {MAX_EXPIRY} seconds (7 days), not {life}.")
    return life


@contextmanager
def _inside(saving: _Saving) -> Iterator[None]:
    token = _saving.set(saving)
    try:
        yield
    finally:
        _saving.reset(token)

"""What stands in ``django_minio_backend.models``: the storages, and a prefix for names."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from typing import Any, Self

from minio import Minio
from minio.datatypes import Object
from urllib3 import HTTPHeaderDict

from tenant_minio.backends.client import make_client
from tenant_minio.backends.declared.translation import Translation
from tenant_minio.backends.options import BACKEND_OPTIONS
from tenant_minio.backends.registry import registry
from tenant_minio.backends.s3 import S3Backend
from tenant_minio.backends.write_options import WRITE_OPTIONS, WriteOptions
from tenant_minio.backends.write_rules import METADATA_PREFIX
from tenant_minio.buckets.policy import public_policy
from tenant_minio.compat.django_minio_backend.entries import (
    entry_options,
    usable_alias,
    with_top_level,
)
from tenant_minio.compat.django_minio_backend.options import (
    ALL_OPTIONS,
    MEDIA_BUCKET,
    STATIC_BUCKET,
    own_options,
    translate,
)
from tenant_minio.compat.django_minio_backend.utils import MinioServerStatus
from tenant_minio.exceptions import InvalidBackendError, ObjectNotFoundError
from tenant_minio.routing import Route
from tenant_minio.storage import MinioStorage
from tenant_minio.storage.files import ObjectFile as S3File
from tenant_minio.storage.location import Location
from tenant_minio.storage.static import StaticFiles

__all__ = ["MinioBackend", "MinioBackendStatic", "S3File", "get_iso_date", "iso_date_prefix"]

_BUCKET_NAMES = ("bucket_name", "MINIO_DEFAULT_BUCKET")
_IN_MIGRATIONS = frozenset({"bucket_name", "storage_name", "replace_existing"})
# In the old words or in this package's: they may be secret, and belong to the entry.
_NEVER_SENT = (ALL_OPTIONS | BACKEND_OPTIONS | WRITE_OPTIONS) - _IN_MIGRATIONS


def get_iso_date() -> str:
    """Today in UTC, as in ``2026-03-01``."""
    return datetime.now(UTC).strftime("%Y-%m-%d")


def iso_date_prefix(_instance: object, file_name_ext: str) -> str:
    """For ``upload_to``: a folder of today's date, as in ``2026-03-01/cat.png``."""
    return f"{get_iso_date()}/{file_name_ext}"


class MinioBackend(MinioStorage):
    """A :class:`MinioStorage` that understands the ``MINIO_*`` options.

    Args:
        bucket_name: one of the buckets of the entry, or one that nobody declares, which is
            private. The entry's default bucket if empty.
        storage_name: the entry of STORAGES whose cluster it is; one of
            :class:`MinioStorage` will do as well.
        options: how this storage writes, and how long its URLs live, where that differs from
            the entry.
    """

    DEFAULT_MEDIA_FILES_BUCKET = MEDIA_BUCKET

    _usual_entry = "default"
    _arguments: tuple[tuple[Any, ...], dict[str, Any]] = ((), {})
    _given: Mapping[str, Any] = {}
    _laid: tuple[WriteOptions, WriteOptions] | None = None
    _read: tuple[object, Mapping[str, Any]] | None = None

    def __new__(cls, *args: Any, **options: Any) -> Self:
        """Keep the arguments, as Django's ``deconstructible`` does."""
        storage = super().__new__(cls, *args, **options)
        storage._arguments = args, options
        return storage

    def __init__(
        self, bucket_name: str = "", storage_name: str = "", *_args: Any, **options: Any
    ) -> None:
        super().__init__()
        self._given = options
        self._storage_name = storage_name or self._usual_entry
        self._bucket = bucket_name or options.get("MINIO_DEFAULT_BUCKET") or None
        # Found in STORAGES by its options: Django made it, and the entry knows its bucket.
        self._is_entry = self._alias is not None and not self._arguments[0]
        if self._is_entry and self._bucket in {self._options.get(name) for name in _BUCKET_NAMES}:
            self._bucket = None

    @classmethod
    def translate_options(cls, alias: str, options: Mapping[str, Any]) -> Translation:
        """The options of an entry in this package's words."""
        return translate(alias, with_top_level(options), cls._known_options())

    @property
    def alias(self) -> str:
        if self._alias is None:
            self._alias = usable_alias(self._storage_name)
        return self._alias

    # How migrations, pickles and tasks hold it

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        """How migrations write this storage down: by entry and bucket, never with its options.

        A subclass with its own ``__init__`` is written down with its own arguments.
        """
        arguments, options = self._arguments
        if self._is_entry and options:
            return super().deconstruct()
        path = f"{type(self).__module__}.{type(self).__qualname__}"
        if type(self).__init__ is not MinioBackend.__init__:
            kept = {name: value for name, value in options.items() if name not in _NEVER_SENT}
            return path, arguments, kept
        kept = {}
        if self._bucket is not None:
            kept["bucket_name"] = self._bucket
        if self._storage_name != self._usual_entry:
            kept["storage_name"] = self._storage_name
        if options.get("replace_existing"):
            kept["replace_existing"] = True
        return path, (), kept

    def __reduce__(self) -> Any:
        if self._is_entry and self._given:
            return super().__reduce__()
        lost = self._arguments[1].keys() & _NEVER_SENT
        if lost:
            raise TypeError(
                f"A storage with the options {', '.join(sorted(lost))} cannot be sent: they may be "
                f"secret. Give them to the entry of STORAGES, or send the name of a function that "
                f"makes the storage."
            )
        _path, arguments, keywords = self.deconstruct()
        return partial(type(self), **keywords), arguments

    # What it has otherwise than its entry

    def _own(self) -> Mapping[str, Any]:
        if not self._given:
            return self._given
        declared = registry.declared  # another one once the settings have changed
        if self._read is None or self._read[0] is not declared:
            own, problems = own_options(self.alias, self._given, entry_options(self.alias))
            if problems:
                raise problems[0].error()
            self._read = declared, own
        return self._read[1]

    def write_options(self, backend_alias: str) -> WriteOptions:
        """Those of the entry, and this storage's own over them. Raises InvalidBackendError."""
        base = super().write_options(backend_alias)
        if self._laid is None or self._laid[0] is not base:
            own = {name: value for name, value in self._own().items() if name != "url_expiry"}
            self._laid = base, base.over(**own) if own else base
        return self._laid[1]

    def url(
        self, name: str | None, *, expires: int | timedelta | None = None, **options: Any
    ) -> str:
        """See :meth:`ObjectStorage.url`; ``MINIO_URL_EXPIRY_HOURS`` may be this storage's own."""
        return super().url(name, expires=self._life(expires), **options)

    def urls(
        self, names: Iterable[str], *, expires: int | timedelta | None = None, **options: Any
    ) -> list[str]:
        """The URLs of many files, in order; see :meth:`url`."""
        return super().urls(names, expires=self._life(expires), **options)

    def _life(self, expires: int | timedelta | None) -> int | timedelta | None:
        if expires is None and "MINIO_URL_EXPIRY_HOURS" in self._given:
            return self._own().get("url_expiry")
        return expires

    def _next_name(self, asked: str, taken: str, max_length: int | None) -> str:
        """A subclass whose ``get_available_name`` insists on a name replaces what is there."""
        if self._overrides("get_available_name"):
            return self.get_available_name(asked, max_length=max_length)
        return super()._next_name(asked, taken, max_length)

    # Where it is

    def locate(self) -> Location:
        _ = self.write_options(self.alias)  # wrong ones of its own are told at any use
        route = self.route()
        return Location(registry[self.alias].for_route(route), route, None, self)

    def route(self) -> Route:
        """Where files are. Raises InvalidBackendError."""
        alias, bucket = self.alias, self._bucket
        if bucket is None:
            return registry.plain_route(alias)
        if self.is_bucket_declared:
            return registry.bucket_route(alias, bucket)
        return registry.undeclared_route(alias, bucket)

    @property
    def is_bucket_declared(self) -> bool:
        """Whether the entry names the bucket; one that it does not name is private."""
        return self._bucket is None or self._bucket in registry.declared.buckets.get(self.alias, ())

    @property
    def bucket(self) -> str:
        """The bucket that files are in."""
        return self.route().bucket

    @property
    def is_bucket_public(self) -> bool:
        """Whether URLs of files are plain, and anyone may get them."""
        return self.route().public

    @property
    def PRIVATE_BUCKETS(self) -> list[str]:  # noqa: N802 -- its users call it so
        """The private buckets of the entry."""
        return self._buckets(public=False)

    @property
    def PUBLIC_BUCKETS(self) -> list[str]:  # noqa: N802 -- its users call it so
        """The public buckets of the entry."""
        return self._buckets(public=True)

    def _buckets(self, *, public: bool) -> list[str]:
        routes = registry.declared.buckets.get(self.alias, {})
        return [bucket for bucket, route in routes.items() if route.public is public]

    # Its cluster

    @property
    def _backend(self) -> S3Backend:
        backend = registry[self.alias]
        if not isinstance(backend, S3Backend):
            raise InvalidBackendError(f"STORAGES[{self.alias!r}] is no cluster that speaks S3.")
        return backend

    @property
    def client(self) -> Minio:
        """minio-py's client for calls of one's own, on the connections that this package uses."""
        return self._backend.connection.client

    @property
    def client_external(self) -> Minio:
        """A client that signs for the external endpoint."""
        options = self._backend.options
        if self.same_endpoints:
            return self.client
        endpoint, secure = options.external
        connection = self._backend.connection
        pool = connection.client._http  # noqa: SLF001 -- the pool is ours, we gave it
        options = replace(options, endpoint=endpoint, secure=secure)
        return make_client(options, pool, connection.provider, None)

    @property
    def HTTP_CLIENT(self) -> Any:  # noqa: N802 -- its users call it so
        """The ``MINIO_HTTP_CLIENT`` of the entry."""
        return self._backend.options.http_client

    @property
    def same_endpoints(self) -> bool:
        """Whether browsers reach the cluster by the address that this process uses."""
        options = self._backend.options
        return options.external == (options.endpoint, options.secure)

    @property
    def base_url(self) -> str:
        """The address that this process uses."""
        options = self._backend.options
        return _address(options.endpoint, secure=options.secure)

    @property
    def base_url_external(self) -> str:
        """The address that URLs name."""
        endpoint, secure = self._backend.options.external
        return _address(endpoint, secure=secure)

    @property
    def url_caching_enabled(self) -> bool:
        """Whether signed URLs are kept until their window ends."""
        return self._backend.options.url_cache_size > 0

    def is_minio_available(self) -> MinioServerStatus:  # type: ignore[override]  # what its users know
        """Ask the cluster. Raises nothing: wrong settings are told as well."""
        try:
            backend = registry[self.alias]
        except InvalidBackendError as error:
            status = MinioServerStatus(None)
            status.add_message(str(error))
            return status
        return MinioServerStatus(backend.health())

    def validate_settings(self) -> None:
        """Raise ConfigurationError if the entry, or what this storage adds to it, is wrong."""
        self.locate()

    # Reading

    def stat(self, name: str) -> Object:  # type: ignore[override]  # what its users know
        """What the cluster tells about a file, as minio-py's value. Raises ObjectNotFoundError."""
        location = self.locate()
        found = location.stat(str(name))
        metadata = {METADATA_PREFIX + key: value for key, value in found.metadata.items()}
        shown = {
            "Content-Type": found.content_type,
            "Content-Length": str(found.size),
            "ETag": f'"{found.etag}"',
            "Last-Modified": format_datetime(found.modified, usegmt=True),
        }
        return Object(
            bucket_name=location.route.bucket,
            object_name=location.key(str(name)),
            last_modified=found.modified,
            etag=found.etag,
            size=found.size,
            content_type=found.content_type,
            metadata=HTTPHeaderDict({**shown, **found.headers, **metadata}),
            version_id=found.version_id,
            storage_class=found.storage_class,
        )

    def size(self, name: str) -> int:
        """In bytes; 0 for a file that is not there. An outage raises."""
        try:
            return super().size(name)
        except ObjectNotFoundError:
            return 0

    def listdir(self, path: str = "") -> tuple[list[str], list[str]]:
        """Directories and files directly in ``path``, which may begin with a slash."""
        return super().listdir(path.removeprefix("/"))

    # Its buckets

    def check_bucket_existence(self) -> None:
        """Make the bucket of this storage if it is not there."""
        self._make(self.bucket)

    def check_bucket_existences(self, max_workers: int | None = None) -> None:
        """Make the declared buckets that are not there; raise the first error once all are done."""
        with ThreadPoolExecutor(max_workers or 10) as pool:
            made = [
                pool.submit(self._make, b) for b in (*self.PUBLIC_BUCKETS, *self.PRIVATE_BUCKETS)
            ]
        for future in made:
            future.result()

    def _make(self, bucket: str) -> None:
        backend = registry[self.alias]
        if not backend.bucket_exists(bucket):
            backend.make_bucket(bucket)

    def set_bucket_policy(self, bucket: str, policy: Mapping[str, Any]) -> None:
        """Replace the policy of a bucket."""
        registry[self.alias].set_policy(bucket, json.dumps(policy))

    def set_bucket_to_public(self) -> None:
        """Let anyone get (not list) what is in the bucket of this storage."""
        registry[self.alias].set_policy(self.bucket, public_policy(self.bucket))


class MinioBackendStatic(StaticFiles, MinioBackend):
    """Static files, in the bucket ``MINIO_STATIC_FILES_BUCKET``, which is always public."""

    DEFAULT_STATIC_FILES_BUCKET = STATIC_BUCKET

    _usual_entry = "staticfiles"

    @classmethod
    def translate_options(cls, alias: str, options: Mapping[str, Any]) -> Translation:
        """The options of an entry in this package's words."""
        return translate(alias, with_top_level(options), cls._known_options(), static=True)


def _address(endpoint: str, *, secure: bool) -> str:
    return f"{'https' if secure else 'http'}://{endpoint}"

"""The place of one tenant (or of one plain storage), and what can be done to the names in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, Self, TypeVar

from tenant_minio.backends.base import (
    NONE,
    Backend,
    Body,
    ByteRange,
    Listed,
    ObjectInfo,
    ObjectStat,
    Part,
)
from tenant_minio.backends.errors import forget_locals, missing_bucket
from tenant_minio.backends.registry import registry
from tenant_minio.backends.sent_file import SentFile
from tenant_minio.backends.signer import Query
from tenant_minio.backends.write_options import WriteOptions
from tenant_minio.events import Watch, watch
from tenant_minio.exceptions import ObjectNotFoundError, TenantMinioError
from tenant_minio.routing import Route, safe_directory, safe_name
from tenant_minio.routing.names import STAGING

_Result = TypeVar("_Result")


class WritePolicy(Protocol):
    """How what is written here is to be written: the storage, which subclasses may change."""

    def write_options(self, backend_alias: str) -> WriteOptions:
        """For all objects of the storage on this backend."""

    def object_headers(self, name: str) -> Mapping[str, str]:
        """For one object."""


@dataclass(frozen=True, slots=True)
class _FixedHeaders:
    """Another's policy, but for the headers, which are given."""

    policy: WritePolicy
    headers: Mapping[str, str]

    def write_options(self, backend_alias: str) -> WriteOptions:
        return self.policy.write_options(backend_alias)

    def object_headers(self, _name: str) -> Mapping[str, str]:
        return self.headers


@dataclass(frozen=True, slots=True)
class Location:
    """A route on its backend. Takes names; only here do they become keys.

    Every method refuses an unsafe name with UnsafeNameError, and adds the tenant and the name to
    what a backend raises.
    """

    backend: Backend
    route: Route
    tenant: str | None
    policy: WritePolicy

    def with_headers(self, headers: Mapping[str, str]) -> Self:
        """The same place, where every object is written with these headers of its own."""
        return replace(self, policy=_FixedHeaders(self.policy, headers))

    @property
    def policy_name(self) -> str:
        """The class that says how files are written, for errors."""
        given = self.policy
        return type(given.policy if isinstance(given, _FixedHeaders) else given).__name__

    def watch(self, operation: str, *, outlives_call: bool = False) -> Watch:
        """Watch an operation on files here; see :class:`tenant_minio.events.Begun`."""
        route = self.route
        return watch(
            operation, route.backend, self.tenant, route.bucket, outlives_call=outlives_call
        )

    def write_options(self) -> WriteOptions:
        """How files are written here. Raises InvalidBackendError."""
        return self.policy.write_options(self.backend.alias)

    def _key_headers(self) -> Mapping[str, str]:
        """What every request for an object here carries: a customer's own key, where there is one.

        Raises InvalidBackendError.
        """
        encryption = self.write_options().encryption()
        return NONE if encryption is None else encryption.key_headers

    def require_bucket(self) -> None:
        """Make the bucket if it is not there and the settings declare it.

        Raises MissingBucketError where a custom router named it.
        """
        if self.bucket_exists():
            return
        bucket = self.route.bucket
        if not registry.declares(self.route):
            raise missing_bucket(f"{self.backend.alias}:{bucket}")
        self._call_bucket(self.backend.make_bucket)

    def bucket_exists(self) -> bool:
        """Whether the bucket is there, which is the root of all names."""
        return self._call_bucket(self.backend.bucket_exists)

    def key(self, name: str) -> str:
        """What the server sees. Raises UnsafeNameError."""
        prefix = self.route.prefix
        return prefix + safe_name(name, prefix)

    def _call(
        self, operation: Callable[..., _Result], name: str, *args: Any, **kwargs: Any
    ) -> _Result:
        key = self.key(name)
        try:
            return operation(self.route.bucket, key, *args, **kwargs)
        except BaseException as error:
            self._tell(error, name)
            raise

    def _call_bucket(self, operation: Callable[[str], _Result]) -> _Result:
        try:
            return operation(self.route.bucket)
        except BaseException as error:
            self._tell(error, "")
            raise

    def _tell(self, error: BaseException, name: str) -> None:
        """Empty the frames, also of what only interrupts; say whose it is in what is our own."""
        forget_locals(error)
        if isinstance(error, TenantMinioError):
            owner = "no tenant" if self.tenant is None else f"tenant {self.tenant!r}"
            error.args = (f"{error} [backend {self.backend.alias!r}, {owner}, name {name!r}]",)
            error.__suppress_context__ = True

    def head(self, name: str, *, quick: bool = False) -> ObjectInfo:
        """What the cluster says about a file. Raises ObjectNotFoundError."""
        return self._call(self.backend.head, name, quick=quick, headers=self._key_headers())

    def stat(self, name: str) -> ObjectStat:
        """See :meth:`Backend.stat`; the name is the file's."""
        return replace(self._call(self.backend.stat, name, headers=self._key_headers()), name=name)

    def exists(self, name: str) -> bool:
        """Whether there is such a file: an outage is an error, never False."""
        try:
            self.head(name)
        except ObjectNotFoundError:
            return False
        return True

    def get_window(
        self, name: str, start: int, size: int, etag: str = ""
    ) -> tuple[ObjectInfo, bytes]:
        """See :meth:`Backend.get_window`."""
        headers = self._key_headers()
        return self._call(self.backend.get_window, name, start, size, etag, headers=headers)

    def part_size(self, name: str, number: int, etag: str) -> int | None:
        """See :meth:`Backend.part_size`."""
        headers = self._key_headers()
        return self._call(self.backend.part_size, name, number, etag, headers=headers)

    def get_rest(self, name: str, start: int, etag: str) -> Body:
        """See :meth:`Backend.get_rest`."""
        return self._call(self.backend.get_rest, name, start, etag, headers=self._key_headers())

    def get_range(
        self, name: str, wanted: ByteRange | None, etag: str = ""
    ) -> tuple[ObjectStat, Body]:
        """See :meth:`Backend.get_range`; the name is the file's."""
        headers = self._key_headers()
        stat, body = self._call(self.backend.get_range, name, wanted, etag, headers=headers)
        return replace(stat, name=name), body

    def put(
        self, name: str, data: bytes, headers: Mapping[str, str], query: Mapping[str, str] = NONE
    ) -> None:
        """See :meth:`Backend.put`."""
        self._call(self.backend.put, name, data, headers, query)

    def put_file(
        self, name: str, file: SentFile, headers: Mapping[str, str], query: Mapping[str, str]
    ) -> None:
        """See :meth:`Backend.put_file`."""
        self._call(self.backend.put_file, name, file, headers, query)

    def delete(self, name: str) -> None:
        """Delete a file, if it is there."""
        self._call(self.backend.delete, name)

    def list(self, path: str) -> Iterator[Listed]:
        """What stands directly in a directory, its names relative to it."""
        directory = safe_directory(path, self.route.prefix)
        prefix = self.route.prefix + (directory + "/" if directory else "")
        try:
            for item in self.backend.list(self.route.bucket, prefix):
                name = item.key.removeprefix(prefix)
                # A marker that some tool left for the directory itself, and what is no name.
                if name and name != f"{STAGING}/":
                    yield Listed(name, item.size)
        except BaseException as error:
            self._tell(error, path)
            raise

    def create_upload(
        self, name: str, headers: Mapping[str, str], query: Mapping[str, str] = NONE
    ) -> str:
        """See :meth:`Backend.create_upload`."""
        return self._call(self.backend.create_upload, name, headers, query)

    def put_part(
        self, name: str, upload: str, number: int, data: bytes, headers: Mapping[str, str] = NONE
    ) -> Part:
        """See :meth:`Backend.put_part`."""
        return self._call(self.backend.put_part, name, upload, number, data, headers=headers)

    def copy_part(
        self,
        name: str,
        upload: str,
        number: int,
        *,
        source: str,
        etag: str,
        extent: tuple[int, int] | None,
    ) -> Part:
        """See :meth:`tenant_minio.backends.base_uploads.Uploads.copy_part`; ``source`` is a key."""

        def copy(bucket: str, key: str) -> str:
            return self.backend.copy_part(
                bucket, source, key, upload, number, etag=etag, extent=extent
            )

        return Part(self._call(copy, name))

    def complete_upload(
        self, name: str, upload: str, parts: Sequence[Part], headers: Mapping[str, str]
    ) -> None:
        """See :meth:`Backend.complete_upload`."""
        self._call(self.backend.complete_upload, name, upload, parts, headers)

    def abort_upload(self, name: str, upload: str, *, quick: bool = False) -> None:
        """See :meth:`Backend.abort_upload`."""
        self._call(self.backend.abort_upload, name, upload, quick=quick)

    def url(
        self, name: str, signed: bool | None, method: str, expires: int | None, query: Query
    ) -> str:
        """A URL of a file; see :meth:`Backend.presign`.

        ``signed`` as asked for; by default where the route is not public.
        """
        route = self.route
        key = self.key(name)
        if (not route.public) if signed is None else signed:
            try:
                return self.backend.presign(method, route.bucket, key, expires, query)
            except BaseException as error:
                self._tell(error, name)
                raise
        return self.backend.plain_url(route.bucket, key, public=route.public)

"""The place of one tenant (or of one plain storage), and what can be done to the names in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from tenant_minio.backends.base import Backend, Body, Listed, ObjectInfo
from tenant_minio.backends.signer import Query
from tenant_minio.exceptions import ObjectNotFoundError, TenantMinioError
from tenant_minio.routing import Route, safe_directory, safe_name

_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Location:
    """A route on its backend. Takes names; only here do they become keys.

    Every method refuses an unsafe name with UnsafeNameError, and adds the tenant and the name to
    what a backend raises.
    """

    backend: Backend
    route: Route
    tenant: str | None

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
        except TenantMinioError as error:
            raise self._tell(error, name) from error.__cause__

    def _tell(self, error: TenantMinioError, name: str) -> TenantMinioError:
        owner = "no tenant" if self.tenant is None else f"tenant {self.tenant!r}"
        error.args = (f"{error} [backend {self.backend.alias!r}, {owner}, name {name!r}]",)
        return error

    def head(self, name: str, *, quick: bool = False) -> ObjectInfo:
        """What the cluster says about a file. Raises ObjectNotFoundError."""
        return self._call(self.backend.head, name, quick=quick)

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
        return self._call(self.backend.get_window, name, start, size, etag)

    def get_rest(self, name: str, start: int, etag: str) -> Body:
        """See :meth:`Backend.get_rest`."""
        return self._call(self.backend.get_rest, name, start, etag)

    def put(self, name: str, data: bytes, headers: Mapping[str, str]) -> None:
        """See :meth:`Backend.put`."""
        self._call(self.backend.put, name, data, headers)

    def delete(self, name: str) -> None:
        """Delete a file, if it is there."""
        self._call(self.backend.delete, name)

    def list(self, path: str) -> Iterator[Listed]:
        """What stands directly in a directory, its names relative to it."""
        directory = safe_directory(path, self.route.prefix)
        prefix = self.route.prefix + (directory + "/" if directory else "")
        try:
            for item in self.backend.list(self.route.bucket, prefix):
                if item.key != prefix:  # a marker that some tool left for the directory itself
                    yield Listed(item.key.removeprefix(prefix), item.size)
        except TenantMinioError as error:
            raise self._tell(error, path) from error.__cause__

    def create_upload(self, name: str, headers: Mapping[str, str]) -> str:
        """See :meth:`Backend.create_upload`."""
        return self._call(self.backend.create_upload, name, headers)

    def put_part(self, name: str, upload: str, number: int, data: bytes) -> str:
        """See :meth:`Backend.put_part`."""
        return self._call(self.backend.put_part, name, upload, number, data)

    def complete_upload(
        self, name: str, upload: str, etags: Sequence[str], headers: Mapping[str, str]
    ) -> None:
        """See :meth:`Backend.complete_upload`."""
        self._call(self.backend.complete_upload, name, upload, etags, headers)

    def abort_upload(self, name: str, upload: str, *, quick: bool = False) -> None:
        """See :meth:`Backend.abort_upload`."""
        self._call(self.backend.abort_upload, name, upload, quick=quick)

    def url(
        self, name: str, signed: bool | None, method: str, expires: int | None, query: Query
    ) -> str:
        """A URL of a file, without any network; see :meth:`Backend.presign`.

        ``signed`` as asked for; by default where the route is not public.
        """
        route = self.route
        key = self.key(name)
        if (not route.public) if signed is None else signed:
            return self.backend.presign(method, route.bucket, key, expires, query)
        return self.backend.plain_url(route.bucket, key, public=route.public)

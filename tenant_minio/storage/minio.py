"""A storage in one place: a backend for routes, or a plain storage with a bucket of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from tenant_minio.backends.base import Backend, Health
from tenant_minio.backends.declared import MINIO_OPTIONS
from tenant_minio.backends.memory import MemoryBackend
from tenant_minio.backends.options import BACKEND_OPTIONS, parse, unknown_options
from tenant_minio.backends.registry import registry
from tenant_minio.backends.s3 import S3Backend
from tenant_minio.backends.write_options import WRITE_OPTIONS
from tenant_minio.problems import Problem
from tenant_minio.storage.base import ObjectStorage
from tenant_minio.storage.location import Location


class MinioStorage(ObjectStorage):
    """One S3 cluster, as an entry of ``STORAGES``.

    Without a bucket it is a backend for routes only, and raises when used as a storage. With
    ``bucket`` it is an ordinary Django storage in that bucket and ``prefix``; ``private_buckets``
    and ``public_buckets`` declare further ones, for :meth:`for_bucket`. No tenant's route may
    overlap any of them. The other options are those of
    :class:`tenant_minio.backends.options.BackendOptions` and
    :class:`tenant_minio.backends.write_options.WriteOptions`.
    """

    _bucket: str | None = None

    def for_bucket(self, name: str) -> Self:
        """The same storage bound to one of the buckets that its entry declares.

        The settings may not be whole yet where models load, so it is use that raises
        InvalidBackendError for a bucket that is not declared.
        """
        return self._bound(_alias=self.alias, _bucket=name)

    def locate(self) -> Location:
        """The place of this storage. Raises InvalidBackendError where it has none."""
        alias, bucket = self.alias, self._bucket
        if bucket is None:
            route = registry.plain_route(alias)
        else:
            route = registry.bucket_route(alias, bucket)
        return Location(registry[alias].for_route(route), route, None, self)

    def is_minio_available(self) -> Health:
        """Whether the cluster can be used now, and what was seen. An outage raises nothing."""
        return registry[self.alias].health()

    def deconstruct(self) -> tuple[str, tuple[str, ...], dict[str, str]]:
        path, arguments, keywords = super().deconstruct()
        return path, arguments, keywords if self._bucket is None else {"bucket": self._bucket}

    def __repr__(self) -> str:
        bound = f" in bucket {self._bucket!r}" if self._bucket else ""
        return f"<{type(self).__name__} {self._alias!r}{bound}>"

    @classmethod
    def build_backend(
        cls, alias: str, options: Mapping[str, Any]
    ) -> tuple[Backend | None, list[Problem]]:
        """The backend that these options describe, or what is wrong with them."""
        unknown = unknown_options(alias, options, cls._known_options())
        parsed, wrong = parse(alias, options)
        return (None if parsed is None else S3Backend(alias, parsed)), [*unknown, *wrong]

    @classmethod
    def _known_options(cls) -> frozenset[str]:
        return BACKEND_OPTIONS | MINIO_OPTIONS | WRITE_OPTIONS | cls.extra_options


class MemoryStorage(MinioStorage):
    """A cluster in memory with the same contract, for tests: put it where MinioStorage stands.

    It takes the same options, so that only BACKEND has to be changed, and needs none of them.
    """

    @classmethod
    def build_backend(
        cls, alias: str, options: Mapping[str, Any]
    ) -> tuple[Backend | None, list[Problem]]:
        """A cluster of its own for each alias."""
        return MemoryBackend(alias), unknown_options(alias, options, cls._known_options())

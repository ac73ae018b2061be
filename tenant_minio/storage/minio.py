"""A storage in one place: a backend for routes, or a plain storage with a bucket of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tenant_minio.backends.base import Backend
from tenant_minio.backends.declared import PLAIN_OPTIONS
from tenant_minio.backends.memory import MemoryBackend
from tenant_minio.backends.options import BACKEND_OPTIONS, parse, unknown_options
from tenant_minio.backends.registry import registry
from tenant_minio.backends.s3 import S3Backend
from tenant_minio.problems import Problem
from tenant_minio.storage.base import ObjectStorage
from tenant_minio.storage.location import Location


class MinioStorage(ObjectStorage):
    """One S3 cluster, as an entry of ``STORAGES``.

    Without ``bucket`` it is a backend for routes only, and raises when used as a storage. With
    one it is an ordinary Django storage in that bucket and ``prefix``, which no tenant's route
    may overlap. The options are those of :class:`tenant_minio.backends.options.BackendOptions`,
    and ``bucket``, ``prefix``, ``public``.
    """

    def locate(self) -> Location:
        """The one place of this storage. Raises InvalidBackendError where it has none."""
        alias = self.alias
        return Location(registry[alias], registry.plain_route(alias), None)

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
        return BACKEND_OPTIONS | PLAIN_OPTIONS | cls.extra_options


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

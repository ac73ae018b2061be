"""A project's own STORAGES, with every cluster in the memory of the process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest import mock

from tenant_minio.backends.base import Backend
from tenant_minio.backends.registry import registry
from tenant_minio.health.watcher import PATIENCE_SECONDS, forget
from tenant_minio.problems import Problem
from tenant_minio.storage.minio import MemoryStorage, MinioStorage

# As it stands outside of all blocks.
_build = MemoryStorage.__dict__["build_backend"].__func__


@contextmanager
def in_memory() -> Iterator[None]:
    """Keep files in memory inside a block, in clusters that are empty when it begins.

    The settings stay as they are: routing, names, options and errors are those of the project,
    and subclasses of MinioStorage keep what they override. Nothing is asked of any server, by the
    health pages neither. A cluster keeps its files while STORAGES changes, and while another block
    stands in this one.
    """
    clusters: dict[str, Backend] = {}

    def build_backend(
        cls: type[MinioStorage], alias: str, options: Mapping[str, Any]
    ) -> tuple[Backend, list[Problem]]:
        made, problems = _build(cls, alias, options)
        return clusters.setdefault(alias, made), problems

    built = classmethod(build_backend)
    forget()
    with (
        mock.patch.object(MinioStorage, "build_backend", built),
        mock.patch.object(MemoryStorage, "build_backend", built),
    ):
        registry.reset()
        try:
            yield
        finally:
            # Before the clusters are those of the settings again: a look that has begun ends here.
            forget(PATIENCE_SECONDS)
    registry.reset()

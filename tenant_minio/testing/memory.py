"""A project's own STORAGES, with every cluster in the memory of the process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from tenant_minio.backends.registry import registry
from tenant_minio.storage.minio import MemoryStorage, MinioStorage


@contextmanager
def in_memory() -> Iterator[None]:
    """Keep files in memory inside a block, in clusters that are empty when it begins.

    The settings stay as they are: routing, names, options and errors are those of the project,
    and subclasses of MinioStorage keep what they override. Nothing is asked of any server.
    """
    in_process = mock.patch.object(
        MinioStorage, "build_backend", MemoryStorage.__dict__["build_backend"]
    )
    with in_process:
        registry.reset()
        try:
            yield
        finally:
            registry.reset()

"""Clusters in memory ask no server, and keep their files as long as the block stands."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.test import override_settings

from tenant_minio import registry
from tenant_minio.backends.base import Health
from tenant_minio.backends.memory import MemoryBackend
from tenant_minio.health.status import Word
from tenant_minio.health.watcher import statuses
from tenant_minio.testing import in_memory
from tests.conftest import MEMORY
from tests.testing.support import wait_for

SECRETS = {"access_key": "key", "secret_key": "secret-key", "secure": False, "bucket": "media"}


@pytest.fixture
def endpoint() -> Iterator[str]:
    """Where nobody may knock: a port that counts who does."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield f"127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(BlockingIOError):
            server.accept()


@pytest.fixture
def eu(endpoint: str, use_storages: Callable[..., None]) -> dict[str, Any]:
    """The only entry of STORAGES, of a cluster that nobody may ask."""
    found = {"BACKEND": "tenant_minio.MinioStorage", "OPTIONS": {**SECRETS, "endpoint": endpoint}}
    use_storages(eu=found)
    return found


def looking() -> list[str]:
    names = (thread.name for thread in threading.enumerate())
    return [name for name in names if name.startswith("tenant-minio-health-")]


def test_health_is_that_of_the_memory_and_ends_with_the_block(
    eu: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also a look that is under way when the block ends."""
    looks, answer = threading.Event(), threading.Event()

    def health(_backend: MemoryBackend) -> Health:
        looks.set()
        answer.wait(10)
        return Health(available=True, server="memory", detail="")

    monkeypatch.setattr(MemoryBackend, "health", health)
    with in_memory():
        assert list(statuses()) == ["eu"]
        assert looks.wait(10)
        threading.Timer(0.1, answer.set).start()
    assert looking() == []


def test_what_was_seen_before_a_block_is_not_known_in_it(
    use_storages: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    use_storages(us=MEMORY)
    seen = False

    def health(_backend: MemoryBackend) -> Health:
        return Health(available=seen, server="memory", detail="")

    monkeypatch.setattr(MemoryBackend, "health", health)
    # Nobody looks a second time while this test runs.
    with override_settings(TENANT_MINIO={"HEALTH_INTERVAL": 86400}):
        wait_for(lambda: statuses()["us"].word is Word.DOWN, "the first look")
        seen = True
        with in_memory():
            wait_for(lambda: statuses()["us"].word is Word.UP, "a look of the block's own")


def test_files_outlive_other_settings(
    eu: dict[str, Any], use_storages: Callable[..., None]
) -> None:
    with in_memory():
        storages["eu"].save("a.txt", ContentFile(b"1"))
        use_storages(eu=eu, us={**eu, "OPTIONS": {**eu["OPTIONS"], "bucket": "other"}})
        assert storages["eu"].open("a.txt").read() == b"1"
        assert not storages["us"].exists("a.txt")
        with override_settings(STORAGES={}):
            assert list(registry.declared.backends) == []
        assert storages["eu"].exists("a.txt")


def test_a_block_in_a_block_begins_empty_and_leaves_the_outer_one_alone(eu: dict[str, Any]) -> None:
    with in_memory():
        storages["eu"].save("a.txt", ContentFile(b"outer"))
        with in_memory():
            assert not storages["eu"].exists("a.txt")
            storages["eu"].save("a.txt", ContentFile(b"inner"))
        assert storages["eu"].open("a.txt").read() == b"outer"
    with in_memory():
        assert not storages["eu"].exists("a.txt")


def test_memory_of_the_settings_is_that_of_the_block(use_storages: Callable[..., None]) -> None:
    entry = {**MEMORY, "OPTIONS": {"bucket": "media"}}
    use_storages(eu=entry)
    with in_memory():
        storages["eu"].save("a.txt", ContentFile(b"outer"))
        with in_memory():
            assert not storages["eu"].exists("a.txt")
        use_storages(eu=entry, us=MEMORY)
        assert storages["eu"].exists("a.txt")
    assert not storages["eu"].exists("a.txt")


def test_unknown_options_are_told_in_memory(
    eu: dict[str, Any], use_storages: Callable[..., None]
) -> None:
    use_storages(eu={**eu, "OPTIONS": {**eu["OPTIONS"], "buckets": "media"}})
    with in_memory():
        assert [problem.code for problem in registry.declared.problems] == ["E002"]

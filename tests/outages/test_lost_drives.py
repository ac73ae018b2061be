"""A MinIO that has lost half of its drives: it can be read, and no more be written."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from tenant_minio import registry
from tenant_minio.backends.circuit import State
from tenant_minio.exceptions import BackendUnavailableError, CircuitOpenError
from tenant_minio.health.status import Word
from tenant_minio.health.watcher import look_at
from tenant_minio.testing.servers import start_minio
from tenant_minio.testing.servers.binaries import MINIO, find_or_build
from tests.conftest import entry
from tests.outages.scene import HANGS_SECONDS

# Runs the server with folders for drives, which it takes where it is told that this is a test.
WRAPPER = """#!/bin/sh
for data; do :; done
mkdir -p "$data/d1" "$data/d2" "$data/d3" "$data/d4"
exec '{program}' "$@/d{{1...4}}"
"""


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    program = find_or_build(MINIO)
    wrapper = tmp_path / "minio"
    wrapper.write_text(WRAPPER.format(program=program))
    wrapper.chmod(wrapper.stat().st_mode | stat.S_IXUSR)
    with monkeypatch.context() as patch:
        patch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
        running = start_minio(settings={"MINIO_CI_CD": "1"})
    with running:
        yield running


def lose_drives(server: Any) -> None:
    """Half of them, which is as many as it may lose to be read."""
    for name in ("d3", "d4"):
        drive = server.data_dir / name
        drive.rename(server.data_dir / f"lost {name}")
        drive.touch()
    deadline = time.monotonic() + HANGS_SECONDS
    while not registry["eu"].health().read_only:
        assert time.monotonic() < deadline, registry["eu"].health()
        time.sleep(0.1)


# MinIO stores each key that it gives, so it can give none.
FAILING: dict[str, Callable[[Any, int], object]] = {
    "static": lambda storage, _n: storage.for_tenant("acme").save("g", ContentFile(b"2")),
    "sts": lambda storage, number: storage.for_tenant(f"newcomer-{number}").exists("f"),
}


@pytest.mark.parametrize("credentials", FAILING)
def test_it_is_read_and_said_to_be_read_only(
    server: Any, credentials: str, use_storages: Callable[..., None]
) -> None:
    """Newcomers, whom it can give no key, shut out nobody who has one."""
    options = {"backend": "eu", "bucket": "media", "prefix": "{tenant}/"}
    eu = entry(server, credentials=credentials, breaker_reset=3600, read_timeout=15)
    use_storages(default={"BACKEND": "tenant_minio.RoutingStorage", "OPTIONS": options}, eu=eu)
    registry["eu"].make_bucket("media")
    breakers = registry["eu"].breakers
    storage = storages["default"]
    acme = storage.for_tenant("acme")
    acme.save("f", ContentFile(b"1"))
    lose_drives(server)
    for number in range(20):
        with pytest.raises(BackendUnavailableError):
            FAILING[credentials](storage, number)
        assert acme.open("f").read() == b"1"
        if breakers.writes.state is State.OPEN:
            break
    with pytest.raises(CircuitOpenError, match="failing writes"):
        acme.save("g", ContentFile(b"2"))
    assert breakers.reads.state is State.CLOSED
    assert acme.exists("f")
    assert not acme.exists("g")
    assert acme.listdir("") == ([], ["f"])
    assert look_at("eu") is Word.READ_ONLY
    assert not acme.is_minio_available()
    assert breakers.writes.state is State.OPEN

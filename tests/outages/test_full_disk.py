"""A disk that is full: what was stored stays, what was not is an error that says so."""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile

from tenant_minio import registry
from tenant_minio.backends.circuit import State
from tenant_minio.exceptions import BackendUnavailableError, StorageFullError
from tenant_minio.testing.servers import start_minio, start_versitygw
from tenant_minio.testing.servers.binaries import MINIO, VERSITYGW, find_or_build
from tests.faults import FaultyProxy, error_answer
from tests.outages.conftest import KINDS
from tests.outages.scene import LARGE, SMALL, Scene, outcomes

MIB = 1024 * 1024

# Runs the server with its data on a file system of 32 MiB, which only it sees.
WRAPPER = """#!/bin/sh
exec unshare --user --map-root-user --mount sh -c \\
    'mount -t tmpfs -o size=32m tmpfs "$TMPDIR/data" && exec "$0" "$@"' '{program}' "$@"
"""


@contextmanager
def small_server(kind: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A server whose program, as PATH finds it, is the wrapper."""
    program = find_or_build(MINIO if kind == "minio" else VERSITYGW)
    wrapper = folder / kind
    wrapper.write_text(WRAPPER.format(program=program))
    wrapper.chmod(wrapper.stat().st_mode | stat.S_IXUSR)
    with monkeypatch.context() as patch:
        patch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
        running = (start_minio if kind == "minio" else start_versitygw)(local=True)
    with running:
        yield running


if sys.platform == "linux":  # elsewhere there is no such file system

    @pytest.mark.parametrize("kind", KINDS)
    def test_a_full_disk(
        kind: str, make: Callable[..., Scene], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with small_server(kind, tmp_path, monkeypatch) as server:
            scene: Scene = make(server, server)
            scene.folder = Path(f"/proc/{server.pid}/root{server.data_dir}")
            errors = []
            for number in range(9):
                name = f"{number}.bin"
                found = outcomes({name: lambda name=name: scene.save(name, b"x" * 5 * MIB)})[name]
                if isinstance(found, Exception):
                    errors.append(found)
            found = outcomes({"large": lambda: scene.save("large.bin", LARGE)})["large"]
            full = [e for e in [*errors, found] if isinstance(e, StorageFullError)]
            # MinIO says InternalError where there is not even room for a name.
            assert full or kind == "minio"
            assert {error.errno for error in full} <= {errno.ENOSPC}
            assert all(isinstance(e, StorageFullError | BackendUnavailableError) for e in errors)
            assert 3 <= len(scene.kept) < 9
            for _ in range(6):  # by default, five failures in a row
                with pytest.raises((StorageFullError, BackendUnavailableError)):
                    scene.storage.save("large.bin", ContentFile(LARGE))
                assert scene.storage.open("0.bin").read() == scene.kept["0.bin"]
            breakers = registry["plain"].breakers
            assert (breakers.reads.state, breakers.writes.state) == (State.CLOSED, State.CLOSED)
            scene.unknown.clear()  # it has said that these are not stored
            scene.recover()
            for name in list(scene.kept)[1:]:
                scene.storage.delete(name)
                del scene.kept[name]
            scene.assert_sound()


@pytest.mark.parametrize(
    ("status", "code"),
    [(507, "XMinioStorageFull"), (507, ""), (400, "XMinioAdminBucketQuotaExceeded")],
)
def test_what_says_that_there_is_no_room(scripted: Scene, status: int, code: str) -> None:
    """Asked once: what is full now will be full in a moment."""
    proxy: FaultyProxy = scripted.proxy
    proxy.fault = lambda head: error_answer(status, code) if head.startswith("PUT") else None
    proxy.heads.clear()
    for data in (SMALL, LARGE):
        with pytest.raises(StorageFullError, match=r"plain:.*no room"):
            scripted.storage.save("f.bin", ContentFile(data))
    assert sum(head.startswith("PUT") for head in proxy.heads) <= 1 + 3
    proxy.fault = lambda _head: None
    scripted.assert_sound()

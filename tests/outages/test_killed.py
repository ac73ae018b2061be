"""Servers and clients that are killed: nothing is half there, and what is left is swept."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tenant_minio import registry
from tenant_minio.backends.write_options import MIN_PART
from tenant_minio.buckets import needs_of_storages, sweep
from tenant_minio.exceptions import BackendUnavailableError
from tenant_minio.testing.servers import start_minio, start_versitygw
from tests.outages.conftest import KINDS, Make
from tests.outages.scene import HANGS_SECONDS, LARGE, SMALL, Scene, outcomes
from tests.outages.toxiproxy import Toxiproxy

CHILD = Path(__file__).with_name("child.py")


@pytest.fixture(params=KINDS)
def fresh(request: pytest.FixtureRequest, toxiproxy: Toxiproxy, make: Make) -> Iterator[Scene]:
    """A server that nothing else has used."""
    start = start_minio if request.param == "minio" else start_versitygw
    with start(local=True) as server, toxiproxy.proxy(server.endpoint) as proxy:
        yield make(server, proxy)


def sweep_all(**options: Any) -> list[str]:
    (found,) = sweep(list(needs_of_storages()), **options)
    assert found.error == ""
    return [one.status for one in found.uploads]


def test_a_server_that_is_killed_during_an_upload(fresh: Scene) -> None:
    """And comes back with its data: the same process goes on with it."""
    scene = fresh
    scene.save("old", SMALL)
    scene.save("old large", LARGE)
    writer = scene.storage.open("new large", "wb")
    writer.write(LARGE[: 2 * MIN_PART + 1])  # one part has been handed over, another begun
    wait_for(scene.new_leftovers)
    scene.server.kill()

    def write_on() -> None:
        writer.write(LARGE)
        writer.close()

    found = outcomes({"write": write_on, "save": lambda: scene.save("new", SMALL)})
    assert isinstance(found["write"], BackendUnavailableError)
    assert isinstance(found["save"], BackendUnavailableError)
    outcomes({"abort": writer.abort})  # what it raises, if anything, is no more news
    scene.server.restart()
    scene.recover()
    assert set(scene.objects()) == {"old", "old large"}
    # What the server held of it is found, or, where it has forgotten that, removed by itself.
    if scene.server.kind == "versitygw":
        assert sweep_all() == ["young"]
        assert sweep_all(older_than=0, delete=True) == ["aborted"]
    else:
        assert sweep_all(older_than=0) == []
        scene.forget_leftovers()
    scene.assert_sound()


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + HANGS_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it does not come"
        time.sleep(0.02)


def child(scene: Scene, what: str) -> subprocess.Popen[bytes]:
    """Another process that saves, and is in the middle of it when this returns."""
    backend = registry["plain"].options
    options = {
        "endpoint": backend.endpoint,
        "access_key": backend.access_key,
        "secret_key": backend.secret_key,
        "secure": False,
        "bucket": scene.bucket,
    }
    process = subprocess.Popen(
        [sys.executable, str(CHILD), what],
        env={**os.environ, "CHILD_OPTIONS": json.dumps(options), "PYTHONPATH": str(Path.cwd())},
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"saving\n"
    return process


def kill(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL


def test_a_process_that_is_killed_during_an_upload(fresh: Scene) -> None:
    """Its parts are found while the server runs, and aborted once they are old."""
    scene = fresh
    scene.save("old", SMALL)
    process = child(scene, "parts")
    wait_for(scene.new_leftovers)
    assert sweep_all(delete=True) == ["young"]
    kill(process)
    assert scene.new_leftovers()
    assert "f.bin" not in scene.objects()
    assert sweep_all() == ["young"]
    assert sweep_all(older_than=0) == ["found"]
    assert scene.new_leftovers()
    assert sweep_all(older_than=0, delete=True) == ["aborted"]
    scene.assert_sound()
    assert set(scene.objects()) == {"old", "after"}


def test_minio_removes_by_itself_what_it_does_not_tell_of(make: Make) -> None:
    """What the docs rely on: uploads of before its restart, and parts that broke off."""
    settings = {
        "MINIO_API_STALE_UPLOADS_EXPIRY": "2s",
        "MINIO_API_STALE_UPLOADS_CLEANUP_INTERVAL": "1s",
    }
    with start_minio(settings=settings) as server:
        scene = make(server, server)
        process = child(scene, "parts")
        wait_for(scene.leftovers)
        kill(process)
        server.kill()
        assert scene.leftovers()
        server.restart()
        assert sweep_all(older_than=0) == []
        wait_for(lambda: not scene.leftovers(own=True))
        scene.assert_sound()


def test_a_process_that_is_killed_during_a_small_save(fresh: Scene) -> None:
    """The server drops what it has got of the one request."""
    scene = fresh
    scene.save("old", SMALL)
    scene.proxy.add("bandwidth", rate=300, stream="upstream")
    process = child(scene, "whole")
    time.sleep(0.3)  # into the body; whenever it is killed, nothing may be half there
    kill(process)
    scene.proxy.heal()
    scene.assert_sound()
    assert set(scene.objects()) == {"old", "after"}

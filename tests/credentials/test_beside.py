"""The backend's own key is renewed beside those who use it, by one thread at a time."""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.storage import storages
from minio.credentials import Credentials, Provider

from tenant_minio import registry
from tenant_minio.backends.credentials import credential as module
from tenant_minio.backends.credentials.beside import Beside
from tenant_minio.backends.credentials.credential import PAUSE_SECONDS, Credential
from tenant_minio.exceptions import BackendUnavailableError, PermissionDeniedError
from tests.credentials.test_credential import (
    SlowSource,
    Source,
    credential,
    finish,
    in_threads,
    key,
)
from tests.credentials.test_rotation import older, signed_by


def renewed_beside(source: Source) -> Credential:
    return credential(source, beside=Beside("eu"))


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """However busy the machine: a source that answers at all is quick."""
    monkeypatch.setattr(module, "MOMENT_SECONDS", 20)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A source that hangs is no quick one."""
    monkeypatch.setattr(module, "MOMENT_SECONDS", 0.01)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("life", [None, 3600])
def test_nobody_waits_for_a_slow_source_while_a_key_serves(life: float | None) -> None:
    source = SlowSource(life)
    source.go.set()
    held = renewed_beside(source)
    assert key(held) == "key-1"
    source.go.clear()
    source.begun.clear()
    source.now += 3000
    users, found = in_threads(8, lambda: key(held))
    finish(users)
    assert found == ["key-1"] * 8
    assert source.begun.wait(20)
    assert [key(held), key(held)] == ["key-1", "key-1"]
    assert source.asked == 1, "and no second thread asks"
    source.go.set()
    wait_until(lambda: source.asked == 2)
    wait_until(lambda: key(held) == "key-2")
    assert source.asked == 2


def wait_until(true: Callable[[], bool]) -> None:
    deadline = threading.Event()
    for _attempt in range(2000):
        if true():
            return
        deadline.wait(0.01)
    raise AssertionError("it did not come")


@pytest.mark.usefixtures("patient")
def test_a_quick_source_gives_the_next_key_at_once() -> None:
    """So that a key that was changed long ago signs nothing more in a process that had a rest."""
    source = Source()
    held = renewed_beside(source)
    found = []
    for seconds in (0, 59, 2, 58, 3):
        source.now += seconds
        found.append(key(held))
    assert found == ["key-1", "key-1", "key-2", "key-2", "key-3"]


@pytest.mark.usefixtures("patient")
def test_a_source_that_fails_or_refuses_is_believed_as_ever() -> None:
    source = Source()
    held = renewed_beside(source)
    key(held)
    source.now += 61
    source.error = BackendUnavailableError("down")
    assert [key(held) for _ in range(5)] == ["key-1"] * 5
    assert source.asked == 2
    source.now += PAUSE_SECONDS
    source.error = PermissionDeniedError("no more")
    for _attempt in range(2):
        with pytest.raises(PermissionDeniedError, match="no more"):
            key(held)


@pytest.mark.usefixtures("impatient")
def test_a_key_that_serves_signs_what_it_outlives_not() -> None:
    """The URL is shortened, and nobody waits for a key that lasts."""
    source = SlowSource(3600)
    source.go.set()
    held = renewed_beside(source)
    key(held)
    source.go.clear()
    source.now += 600
    assert held.grant(until=source.now + 3500).credentials.access_key == "key-1"
    source.go.set()
    wait_until(lambda: held.grant(until=source.now + 3500).credentials.access_key == "key-2")


@pytest.mark.usefixtures("impatient")
def test_without_a_key_that_serves_all_wait() -> None:
    source = SlowSource(3600)
    held = renewed_beside(source)
    threads, found = in_threads(8, lambda: key(held))
    source.begun.wait(20)
    source.go.set()
    finish(threads)
    assert (found, source.asked) == (["key-1"] * 8, 1)


@pytest.mark.usefixtures("patient")
def test_where_no_thread_can_be_had_the_key_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    """As when the interpreter ends; the fault is faked."""
    source = Source()
    held = renewed_beside(source)
    key(held)
    source.now += 61

    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        assert [key(held), key(held)] == ["key-1", "key-1"]
    assert key(held) == "key-2"


class SlowProvider(Provider):
    """Gives one key after the other, and from the second on when it is let go."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.asked = 0

    def retrieve(self) -> Credentials:
        self.asked += 1
        if self.asked > 1:
            self.go.wait(60)
        return Credentials(f"key-{self.asked}", "TopSecret99")


@pytest.fixture
def provider(use_storages: Callable[..., None]) -> SlowProvider:
    """Of the backend `eu`, which no server stands behind."""
    made = SlowProvider()
    options = {"endpoint": "127.0.0.1:9", "bucket": "media", "credentials": made}
    use_storages(eu={"BACKEND": "tenant_minio.MinioStorage", "OPTIONS": options})
    return made


@pytest.mark.usefixtures("impatient")
def test_urls_are_signed_while_the_provider_hangs(provider: SlowProvider) -> None:
    storage = storages["eu"]
    assert signed_by(storage.url("f")) == "key-1"
    older(61)
    assert [signed_by(storage.url(name)) for name in "fgh"] == ["key-1"] * 3
    provider.go.set()
    wait_until(lambda: signed_by(storage.url("f")) == "key-2")
    assert provider.asked == 2


def sign_in_child(storage: Any, provider: SlowProvider, results: Any) -> None:
    # The parent's may be locked by the thread that waits for it there.
    provider.go = threading.Event()
    provider.go.set()
    module.MOMENT_SECONDS = 20
    results.put(signed_by(storage.url("f")))


@pytest.mark.usefixtures("impatient")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_renews_by_itself(provider: SlowProvider) -> None:
    """The thread that asked stayed in the parent."""
    storage = storages["eu"]
    storage.url("f")
    older(61)
    storage.url("f")
    wait_until(lambda: provider.asked == 2)
    fork = multiprocessing.get_context("fork")
    results = fork.Queue()
    child = fork.Process(target=sign_in_child, args=(storage, provider, results))
    child.start()
    try:
        assert results.get(timeout=20) == "key-3"
    finally:
        child.kill()
        child.join()
        provider.go.set()


ENDS = """
import threading
from django.conf import settings
from minio.credentials import Credentials, Provider

class Hangs(Provider):
    asked = 0
    def retrieve(self):
        Hangs.asked += 1
        if Hangs.asked > 1:
            threading.Event().wait()
        return Credentials("key", "secret")

options = {"endpoint": "127.0.0.1:9", "bucket": "media", "credentials": Hangs()}
entries = {"eu": {"BACKEND": "tenant_minio.MinioStorage", "OPTIONS": options}}
settings.configure(STORAGES=entries, USE_TZ=True)
import django
django.setup()
from django.core.files.storage import storages
from tenant_minio import registry
storages["eu"].url("f")
credential = registry["eu"].own.provider
clock = credential._clock
credential._clock = lambda: clock() + 61
storages["eu"].url("f")
while Hangs.asked < 2:
    pass
print("renewing", len([t for t in threading.enumerate() if t.name == "tenant-minio-key-eu"]))
"""


def test_a_process_ends_while_the_provider_hangs() -> None:
    done = subprocess.run(
        [sys.executable, "-c", ENDS], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "renewing 1\n", "")


def test_the_thread_is_one_for_each_backend(provider: SlowProvider) -> None:
    """However many ask, and through whichever storage."""
    storages["eu"].url("f")
    older(61)
    threads, _found = in_threads(16, lambda: storages["eu"].url("f"))
    finish(threads)
    named = [one for one in threading.enumerate() if one.name == "tenant-minio-key-eu"]
    assert len(named) == 1
    provider.go.set()
    named[0].join(20)
    assert not named[0].is_alive()
    assert registry["eu"].own.provider.retrieve().access_key == "key-2"  # type: ignore[attr-defined]

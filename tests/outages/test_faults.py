"""Every operation under every fault: the right answer or the right error, and no trace after."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from django.core.files.base import ContentFile

from tenant_minio.buckets import needs_of_storages, sweep
from tenant_minio.exceptions import (
    BackendUnavailableError,
    TenantMinioError,
    WriteOutcomeUnknownError,
)
from tests.faults import error_answer
from tests.outages.scene import LARGE, LIMITS, SHORT_LIMITS, SMALL, Scene, outcomes

# What an operation may come to: its answer, an error, or either of them.
WORKS, FAILS, EITHER = "works", "fails", "either"


def operations(
    scene: Scene, limits: Mapping[str, float] = LIMITS
) -> dict[str, tuple[Callable[[], Any], Any]]:
    """Each with the answer that it is to give where it gives one."""
    storage = scene.storage
    storage.save("old", ContentFile(SMALL))
    storage.save("old large", ContentFile(LARGE))
    storage.save("gone", ContentFile(SMALL))
    scene.kept |= {"old": SMALL, "old large": LARGE}
    scene.unknown["gone"] = SMALL
    scene.limit(limits)
    storage = scene.storage
    begun = storage.open("old large")
    return {
        "exists": (lambda: storage.exists("old"), True),
        "exists not": (lambda: storage.exists("none"), False),
        "size": (lambda: storage.size("old"), len(SMALL)),
        "listdir": (lambda: storage.listdir("")[0], []),
        "read": (lambda: storage.open("old").read(), SMALL),
        "read large": (lambda: _read(storage, "old large"), LARGE),
        "read on": (lambda: _read_on(begun), LARGE),
        "save": (lambda: scene.save("new", SMALL), "new"),
        "save large": (lambda: scene.save("new large", LARGE), "new large"),
        "delete": (lambda: storage.delete("gone"), None),
    }


def _read(storage: Any, name: str) -> bytes:
    with storage.open(name) as file:
        return bytes(file.read())


def _read_on(file: Any) -> bytes:
    with file:
        return bytes(file.read())


def judge(name: str, found: Any, answer: Any, expected: str) -> None:
    if isinstance(found, TenantMinioError):
        assert expected != WORKS, (name, found)
        assert isinstance(found, BackendUnavailableError), (name, found)
        assert not isinstance(found, FileNotFoundError)
        assert "plain" in str(found) or "'old" in str(found), (name, found)
    else:
        assert expected != FAILS, (name, found)
        assert found == answer, name


TOXICS: dict[str, tuple[list[dict[str, Any]], str]] = {
    "a slow network": ([{"kind": "latency", "latency": 30, "jitter": 10}], WORKS),
    "a narrow network": ([{"kind": "bandwidth", "rate": 40_000}], WORKS),
    "crumbs": ([{"kind": "slicer", "average_size": 50_000, "size_variation": 20_000}], WORKS),
    "too slow": ([{"kind": "latency", "latency": 9000}], FAILS),
    "a black hole": ([{"kind": "timeout", "timeout": 0}], FAILS),
    "cut at once": ([{"kind": "limit_data", "bytes": 0}], FAILS),
    "reset at once": ([{"kind": "reset_peer", "timeout": 0}], FAILS),
    "cut in the answer": ([{"kind": "limit_data", "bytes": 200_000}], EITHER),
    "reset in the answer": (
        [{"kind": "bandwidth", "rate": 2000}, {"kind": "reset_peer", "timeout": 100}],
        EITHER,
    ),
    "cut in the request": (
        [{"kind": "limit_data", "bytes": 1_000_000, "stream": "upstream"}],
        EITHER,
    ),
    "no way out": (
        [{"kind": "bandwidth", "rate": 1, "stream": "upstream"}],
        EITHER,
    ),
}


# Only a time limit ends these.
SILENT = {"too slow", "a black hole", "no way out"}


@pytest.mark.parametrize("fault", TOXICS)
def test_a_fault_of_the_network(scene: Scene, fault: str) -> None:
    toxics, expected = TOXICS[fault]
    todo = operations(scene, SHORT_LIMITS if fault in SILENT else LIMITS)
    scene.storage.locate().backend.close()  # what is open is not made anew otherwise
    for toxic in toxics:
        scene.proxy.add(**toxic)
    found = outcomes({name: call for name, (call, _answer) in todo.items()})
    scene.proxy.heal()
    for name, (_call, answer) in todo.items():
        judge(name, found[name], answer, expected)
    if fault in SILENT:
        scene.sweep()
    scene.assert_sound()


def test_refused_connections(scene: Scene) -> None:
    todo = operations(scene)
    scene.proxy.end()
    found = outcomes({name: call for name, (call, _answer) in todo.items()})
    scene.proxy.begin()
    for name, (_call, answer) in todo.items():
        judge(name, found[name], answer, FAILS)
        # Nothing was sent, so nothing is unknown.
        assert not isinstance(found[name], WriteOutcomeUnknownError), name
    scene.assert_sound()
    assert set(scene.objects()) == {"old", "old large", "gone", "after"}


def test_a_server_that_hangs(scene: Scene) -> None:
    todo = operations(scene, SHORT_LIMITS)
    scene.server.pause()
    try:
        found = outcomes({name: call for name, (call, _answer) in todo.items()})
    finally:
        scene.server.resume()
    for name, (_call, answer) in todo.items():
        judge(name, found[name], answer, FAILS)
    assert isinstance(found["save"], WriteOutcomeUnknownError)
    scene.sweep()
    scene.assert_sound()


ERRORS = [(500, "InternalError"), (503, "ServiceUnavailable"), (503, "SlowDown"), (429, "SlowDown")]


@pytest.mark.parametrize(("status", "code"), ERRORS)
def test_a_server_that_fails_always(scripted: Scene, status: int, code: str) -> None:
    todo = operations(scripted)
    scripted.proxy.fault = lambda _head: error_answer(status, code)
    found = outcomes({name: call for name, (call, _answer) in todo.items()})
    scripted.proxy.fault = lambda _head: None
    for name, (_call, answer) in todo.items():
        judge(name, found[name], answer, FAILS)
    scripted.assert_sound()


@pytest.mark.parametrize(("status", "code"), ERRORS[:3])
def test_a_server_that_fails_in_bursts(scripted: Scene, status: int, code: str) -> None:
    """One failure of each kind of request: what may be repeated is, and nothing else."""
    todo = operations(scripted)
    for name, (call, answer) in todo.items():
        left = [1]

        def fault(_head: str, left: list[int] = left) -> bytes | None:
            left[0] -= 1
            return error_answer(status, code) if left[0] >= 0 else None

        scripted.proxy.fault = fault
        # A deletion that has worked, repeated, could delete what was saved meanwhile.
        found = outcomes({name: call})[name]
        judge(name, found, answer, FAILS if name == "delete" else WORKS)
    scripted.proxy.fault = lambda _head: None
    scripted.assert_sound()


def test_what_went_wrong_first_is_told(scene: Scene) -> None:
    """The cluster's failure to throw an unfinished file away does not hide the reason."""
    file = scene.storage.open("new large", "wb")
    file.write(LARGE)

    def fail() -> None:
        with file:
            raise KeyError("mine")

    scene.proxy.end()
    with pytest.raises(KeyError, match="mine") as caught:
        fail()
    assert "could not be aborted" in caught.value.__notes__[0]
    scene.proxy.begin()
    scene.recover()
    (swept,) = sweep(list(needs_of_storages()), older_than=0, delete=True)
    assert [one.status for one in swept.uploads] == ["aborted"]
    scene.assert_sound()

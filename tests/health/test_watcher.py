"""Who asks is told what is known, at once."""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import override_settings

from tenant_minio.events import Event
from tenant_minio.exceptions import InvalidBackendError
from tenant_minio.health.status import Status, Word, together
from tenant_minio.health.watcher import PATIENCE_SECONDS, Watcher, statuses
from tests.conftest import MEMORY

NEVER = 86400.0


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def make() -> Iterator[Callable[..., Watcher]]:
    """Watchers that look no more after the test."""
    made: list[Watcher] = []

    def watcher(*args: Any, **kwargs: Any) -> Watcher:
        made.append(Watcher(*args, **kwargs))
        return made[-1]

    yield watcher
    for one in made:
        one.stop()


def words(watcher: Watcher) -> dict[str, str]:
    return {alias: str(status.word) for alias, status in watcher.statuses().items()}


def until(holds: Callable[[], bool]) -> None:
    """Wait for another thread."""
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def threads() -> list[str]:
    names = (thread.name for thread in threading.enumerate())
    return sorted(name for name in names if name.startswith("tenant-minio-health-"))


def test_a_look_that_takes_its_time_holds_nobody(make: Callable[..., Watcher]) -> None:
    """Neither who asks nor the news of other backends."""
    answered = threading.Event()

    def look(alias: str) -> Word:
        return Word.UP if alias == "eu" or answered.wait(30) else Word.DOWN

    watcher = make(["eu", "us"], look, NEVER)
    until(lambda: words(watcher)["eu"] == "up")
    assert words(watcher) == {"eu": "up", "us": "unknown"}
    answered.set()
    until(lambda: words(watcher)["us"] == "up")


def test_a_look_without_an_end_means_down(make: Callable[..., Watcher]) -> None:
    """As with a client of the project's own that has no time limits."""
    clock = Clock()
    turns = threading.Semaphore(1)

    def look(_alias: str) -> Word:
        return Word.UP if turns.acquire(timeout=30) else Word.DOWN

    watcher = make(["eu"], look, 0.001, clock)
    until(lambda: words(watcher) == {"eu": "up"})
    until(lambda: watcher._looking_since["eu"] == clock.now)
    clock.now += PATIENCE_SECONDS
    assert watcher.statuses() == {"eu": Status(Word.UP, PATIENCE_SECONDS)}
    clock.now += 1
    assert watcher.statuses() == {"eu": Status(Word.DOWN, PATIENCE_SECONDS + 1)}
    turns.release()
    until(lambda: words(watcher) == {"eu": "up"})
    watcher.stop()
    turns.release()


def test_what_was_seen_has_an_age(make: Callable[..., Watcher]) -> None:
    clock = Clock()
    watcher = make(["eu"], lambda _alias: Word.READ_ONLY, NEVER, clock)
    until(lambda: watcher._looking_since["eu"] == float("inf"))
    clock.now += 7
    assert watcher.statuses() == {"eu": Status(Word.READ_ONLY, 7)}


def test_it_looks_again_until_it_is_stopped(make: Callable[..., Watcher]) -> None:
    looks: list[str] = []

    def look(alias: str) -> Word:
        looks.append(alias)
        return Word.UP

    watcher = make(["eu"], look, 0.001)
    until(lambda: len(looks) > 3)
    watcher.stop()
    until(lambda: threads() == [])


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ([], "up"),
        (["up", "up"], "up"),
        (["up", "unknown"], "unknown"),
        (["up", "unknown", "down"], "degraded"),
        (["down", "down"], "down"),
        (["read-only"], "read-only"),
        (["up", "read-only"], "degraded"),
        (["down", "read-only"], "degraded"),
    ],
)
def test_several_are_as_bad_as_the_worst(known: list[str], said: str) -> None:
    assert together([Word(word) for word in known]) == said


def test_a_process_has_one_thread_for_each_backend_from_the_first_question_on(
    use_storages: Callable[..., None],
) -> None:
    use_storages(eu=MEMORY, us=MEMORY)
    until(lambda: threads() == [])
    for _time in range(5):
        statuses()
    assert threads() == ["tenant-minio-health-eu", "tenant-minio-health-us"]
    use_storages(eu=MEMORY)
    until(lambda: threads() == [])
    assert list(statuses()) == ["eu"]


def ask(results: Any) -> None:
    """In a forked child."""
    try:
        first = {alias: str(status.word) for alias, status in statuses().items()}
        until(lambda: all(status.word is Word.UP for status in statuses().values()))
        results.put((first, threads()))
    except BaseException as error:
        results.put(repr(error))


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_looks_for_itself(use_storages: Callable[..., None]) -> None:
    use_storages(eu=MEMORY, us=MEMORY)
    until(lambda: all(status.word is Word.UP for status in statuses().values()))
    fork = multiprocessing.get_context("fork")
    results = fork.Queue()
    child = fork.Process(target=ask, args=(results,))
    child.start()
    first, names = results.get(timeout=30)
    child.join()
    assert set(first) == {"eu", "us"}
    assert names == ["tenant-minio-health-eu", "tenant-minio-health-us"]


def test_looks_are_told_as_events(use_storages: Callable[..., None]) -> None:
    seen: list[Event] = []
    with override_settings(TENANT_MINIO={"SUBSCRIBERS": [seen.append]}):
        use_storages(eu=MEMORY)
        statuses()
        until(lambda: len(seen) == 1)
    [event] = seen
    assert (event.operation, event.backend, event.tenant, event.outcome) == (
        "health",
        "eu",
        None,
        "ok",
    )


def test_a_backend_whose_settings_are_wrong_is_down(use_storages: Callable[..., None]) -> None:
    wrong = {"BACKEND": "tenant_minio.MinioStorage", "OPTIONS": {"endpoint": "h", "acces_key": "a"}}
    use_storages(eu=MEMORY, us=wrong)
    until(lambda: Word.UNKNOWN not in {status.word for status in statuses().values()})
    assert {alias: status.word for alias, status in statuses().items()} == {
        "eu": Word.UP,
        "us": Word.DOWN,
    }


def test_a_wrong_interval_is_an_error_at_the_first_use() -> None:
    with (
        override_settings(TENANT_MINIO={"HEALTH_INTERVAL": 0}),
        pytest.raises(InvalidBackendError, match="HEALTH_INTERVAL"),
    ):
        statuses()


def test_a_look_that_raises_counts_as_down_and_is_not_the_last(
    make: Callable[..., Watcher], caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever it raises: without its thread the backend would be down for ever."""
    faults = iter([MemoryError("no room")])

    def look(_alias: str) -> Word:
        error = next(faults, None)
        if error is not None:
            raise error
        turns.acquire(timeout=30)
        return Word.UP

    turns = threading.Semaphore(0)
    watcher = make(["eu"], look, 0.001)
    until(lambda: words(watcher) == {"eu": "down"})
    turns.release()
    until(lambda: words(watcher) == {"eu": "up"})
    watcher.stop()
    turns.release()
    [record] = caplog.records
    assert (record.name, record.levelname) == ("tenant_minio", "ERROR")
    assert "'eu'" in record.getMessage()
    assert "MemoryError: no room" in caplog.text

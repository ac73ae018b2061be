"""The judge of a soak run accuses a site that fails, leaks or does not come back, and no other.

Runs are made up here, with times of a made-up clock.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from benchmarks.soak import faults
from benchmarks.soak.faults import Fault, befall
from benchmarks.soak.traffic import SHARES, Asked, Suffered, Traffic
from benchmarks.soak.verdict import Run, accusations, grown, starved, unexplained

CLUSTERS = ["eu", "us"]
SECONDS = 12.0
FAULTS = [
    Suffered("us killed", "us", 1.0, 2.2),
    Suffered("eu stopped", "eu", 3.0, 5.0),
    Suffered("us reset", "us", 6.0, 7.5),
]
NAMES = [fault.name for fault in FAULTS]
# What an operation ends with while its cluster is down.
REFUSED = {"status": 503, "error": "CircuitOpenError"}
BROKEN = {"status": 0, "error": "ProtocolError"}


def honest() -> Iterator[Asked]:
    """Some forty operations a second on each cluster, of a tenth of a second each."""
    kinds = [what for what, share in SHARES.items() for _ in range(max(2, share // 3))]
    for number in range(int(SECONDS * 10)):
        began = number / 10
        for cluster in CLUSTERS:
            down = any(
                fault.cluster == cluster and fault.began <= began <= fault.ended for fault in FAULTS
            )
            for what in (kinds[(4 * number + other) % len(kinds)] for other in range(4)):
                one = Asked(what, cluster, began, began + 0.1)
                failed = BROKEN if what == "url, fetch" else REFUSED
                yield replace(one, **failed) if down else one


def verdict(asked: list[Asked], suffered: list[Suffered] | None = None) -> list[str]:
    """All that is said against a run."""
    run = Run(
        asked=asked,
        suffered=FAULTS if suffered is None else suffered,
        planned=NAMES,
        clusters=CLUSTERS,
        seconds=SECONDS,
        memory=looks((50.0, 50.0, 51.0, 51.0)),
        workers=1,
    )
    return accusations(run)


def looks(*workers: tuple[float, float, float, float]) -> dict[str, dict[str, float]]:
    """What was seen of the memory of each worker: at first, and in each third."""
    names = ("first", "first third", "second third", "last third")
    return {str(one): dict(zip(names, seen, strict=True)) for one, seen in enumerate(workers)}


def accused(told: str, asked: list[Asked], suffered: list[Suffered] | None = None) -> bool:
    return any(re.search(told, wrong) for wrong in verdict(asked, suffered))


def test_honest_run_is_not_accused() -> None:
    assert verdict(list(honest())) == []


def test_slow_machine_is_not_accused() -> None:
    """One that does a fifth of it, with limits that it does not always keep."""
    run = [one for number, one in enumerate(honest()) if number % 5 == 0]
    assert verdict(run) == []
    run = [
        replace(one, **REFUSED) if number % 4 == 0 and one.what != "url, fetch" else one
        for number, one in enumerate(run)
    ]
    assert verdict(run) == []


# Nothing works


def test_site_that_refuses_everything_is_accused() -> None:
    """Planted: each view raises BackendUnavailableError from the first request on."""
    run = [replace(one, **REFUSED) if one.what != "url, fetch" else one for one in honest()]
    assert accused("save: done 0 times on eu", run)
    assert accused("read: done 0 times on us", run)
    assert accused("us failed .* without a fault", run)


@pytest.mark.parametrize("what", SHARES)
@pytest.mark.parametrize("cluster", CLUSTERS)
def test_one_operation_that_never_works_on_one_cluster_is_accused(what: str, cluster: str) -> None:
    run = [
        replace(one, **REFUSED) if (one.what, one.cluster) == (what, cluster) else one
        for one in honest()
    ]
    assert accused(f"{what}: done 0 times on {cluster}, and [1-9]", run)


def test_run_without_traffic_is_accused() -> None:
    assert len(starved([], CLUSTERS, SECONDS)) == len(CLUSTERS) * len(SHARES)


def test_cluster_that_fails_more_often_than_not_is_accused() -> None:
    run = [
        replace(one, **REFUSED) if one.cluster == "eu" and number % 5 else one
        for number, one in enumerate(honest())
    ]
    assert accused("eu failed", run)
    assert not accused("us failed", run)


# What no fault explains


@pytest.mark.parametrize(
    "one",
    [
        Asked("save", "us", 6.1, 6.2, 404),
        Asked("save", "us", 6.1, 6.2, 500),
        Asked("save", "us", 6.1, 6.2, 403),
        Asked("save", "us", 6.1, 6.2, 0),
        Asked("delete", "us", 6.1, 6.2, 404),
        Asked("delete", "us", 6.1, 6.2, 504),
        Asked("list", "us", 6.1, 6.2, 404),
        Asked("list", "us", 6.1, 6.2, 0),
        Asked("read", "us", 6.1, 6.2, 404),
        Asked("url", "us", 6.1, 6.2, 503),
        Asked("url, fetch", "us", 6.1, 6.2, 403),
        # Late, of the other cluster, or hung long after.
        Asked("read", "us", 11.0, 11.1, 0),
        Asked("read", "eu", 0.1, 0.2, 0),
        Asked("url, fetch", "us", 11.0, 11.1, 0),
        Asked("url, fetch", "us", 6.1, 36.1, 0),
        Asked("url, fetch", "us", 11.0, 11.1, 503),
    ],
    ids=str,
)
def test_end_that_no_fault_explains_is_accused(one: Asked) -> None:
    (wrong,) = unexplained([one], FAULTS)
    assert wrong.startswith(f"{one.what} on {one.cluster} ended with")


@pytest.mark.parametrize(
    "one",
    [
        Asked("save", "us", 6.1, 6.2),
        Asked("delete", "us", 6.1, 6.2, 204),
        Asked("save", "us", 6.1, 6.2, 503, "BackendUnavailableError"),
        Asked("save in parts", "eu", 3.1, 4.2, 504, "WriteOutcomeUnknownError"),
        # The machine is busy.
        Asked("save", "us", 11.0, 11.1, 503, "BackendBusyError"),
        Asked("save", "us", 11.0, 11.1, 504, "WriteOutcomeUnknownError"),
        # The answer had begun.
        Asked("read", "us", 0.9, 1.1, 0, "ProtocolError"),
        Asked("url, fetch", "us", 7.4, 7.6, 0, "ProtocolError"),
        Asked("url, fetch", "us", 2.3, 2.4, 503),
    ],
    ids=str,
)
def test_end_that_a_fault_explains_is_not_accused(one: Asked) -> None:
    assert unexplained([one], FAULTS) == []


# Faults


def test_fault_that_never_came_is_accused() -> None:
    assert accused("^us reset never came$", list(honest()), FAULTS[:2])


def test_fault_that_nobody_felt_is_accused() -> None:
    quiet = [Asked(one.what, one.cluster, one.began, one.ended) for one in honest()]
    assert accused("us killed: nobody felt it", quiet)


def test_cluster_that_does_not_come_back_is_accused() -> None:
    """Though it is down for so short a time that all of its operations are often enough done."""
    run = [
        replace(one, **REFUSED) if one.cluster == "us" and 2.2 < one.began < 6 else one
        for one in honest()
    ]
    assert accused("us killed: us did 0 operations when it was over", run)
    assert not accused("us reset: us did", run)


def test_cluster_that_is_dead_after_the_last_fault_is_accused() -> None:
    run = [one for one in honest() if one.cluster == "eu" or one.began < 7.5]
    assert accused("us reset: us did 0 operations when it was over", run)


def test_fault_that_spreads_to_another_cluster_is_accused() -> None:
    run = [
        replace(one, **REFUSED) if one.cluster == "us" and 2.9 <= one.began <= 5 else one
        for one in honest()
    ]
    assert accused("eu stopped: us did nothing meanwhile", run)


def planned(**given: int) -> list[Fault]:
    return [
        Fault(name, "eu", seconds, lambda: None, lambda: None) for name, seconds in given.items()
    ]


@pytest.fixture
def traffic() -> Iterator[Traffic]:
    """A cluster that works, all the time."""
    traffic, over = Traffic(), threading.Event()

    def go_on() -> None:
        while not over.wait(0.001):
            traffic.add(Asked("save", "eu", float("inf"), float("inf")))

    thread = threading.Thread(target=go_on)
    thread.start()
    yield traffic
    over.set()
    thread.join()


def test_all_faults_come_in_the_shortest_run(traffic: Traffic) -> None:
    over = threading.Event()
    came = list(befall(planned(one=0, two=0, three=0), 0.1, traffic, over))
    assert [fault.name for fault in came] == ["one", "two", "three"]
    assert over.is_set()


def test_next_fault_waits_for_a_cluster_that_is_not_back(
    monkeypatch: pytest.MonkeyPatch, traffic: Traffic
) -> None:
    """And comes at last, so that the run ends: the judge will tell."""
    monkeypatch.setattr(faults, "_BACK_SECONDS", 0.2)
    over, ended = threading.Event(), []
    dead = Fault("dead", "us", 0, lambda: None, lambda: ended.append(traffic.done("eu", 0)))
    (_, alive) = befall([dead, *planned(alive=0)], 0.1, traffic, over)
    assert alive.name == "alive"
    assert traffic.done("eu", 0) > ended[0]
    assert over.is_set()


# Memory


_SEEN = {
    12.0: looks((49.8, 50.0, 54.1, 52.1), (50.4, 50.4, 51.0, 51.0)),
    19.0: looks(
        (48.9, 49.4, 49.7, 52.8),
        (54.4, 54.4, 50.0, 50.3),
        (48.9, 49.2, 49.6, 49.7),
        (49.6, 49.7, 50.0, 60.5),
    ),
    19.3: looks(
        (49.1, 49.3, 61.5, 61.6),
        (48.8, 55.6, 56.5, 56.7),
        (49.4, 49.5, 49.7, 50.1),
        (48.9, 54.7, 55.8, 56.1),
    ),
    21.3: looks(
        (49.8, 50.2, 50.5, 50.8),
        (50.2, 56.5, 57.0, 65.5),
        (50.3, 50.5, 50.9, 51.0),
        (50.0, 50.4, 55.8, 51.9),
    ),
    60.3: looks((49.0, 49.9, 50.0, 56.1), (49.3, 54.2, 55.8, 59.6)),
}


@pytest.mark.parametrize(("seconds", "seen"), _SEEN.items())
def test_growth_of_a_start_is_not_accused(
    seconds: float, seen: dict[str, dict[str, float]]
) -> None:
    """These were seen."""
    assert grown(seen, seconds, len(seen)) == []


# Planted: 200 KB that each request leaves behind; on a machine that has little else to do, and on a
# busy one, whose workers had some 200 requests each.
_LEAKS = {
    10.0: looks((50.0, 81.0, 115.0, 128.0)),
    19.0: looks(
        (53.2, 56.0, 68.1, 78.2),
        (54.3, 63.5, 75.3, 85.6),
        (53.8, 58.3, 73.6, 86.7),
        (53.4, 59.7, 73.1, 92.2),
    ),
}


@pytest.mark.parametrize(("seconds", "seen"), _LEAKS.items())
def test_leak_in_a_short_run_is_accused(seconds: float, seen: dict[str, dict[str, float]]) -> None:
    (wrong,) = grown(seen, seconds, len(seen))
    assert wrong.startswith("the workers gained ")


@pytest.mark.parametrize(
    "last",
    [
        pytest.param(145.0, id="a leak"),
        pytest.param(80.0, id="of one worker among others that are flat"),
    ],
)
def test_leak_in_a_long_run_is_accused(last: float) -> None:
    flat = (50.0, 50.0, 51.0, 51.0)
    (wrong,) = grown(looks(flat, flat, (50.0, 52.0, 60.0, last), flat), 60.0, 4)
    assert wrong == f"worker 2 grew from 60.0 to {last} MiB"


def test_run_is_accused_of_what_each_judge_finds() -> None:
    """Each of them has its say."""
    run = Run(
        asked=[replace(one, **REFUSED) for one in honest()],
        suffered=[],
        planned=NAMES,
        clusters=CLUSTERS,
        seconds=SECONDS,
        memory=looks((50.0, 81.0, 115.0, 128.0)),
        workers=1,
    )
    told = " ".join(accusations(run))
    for words in ("never came", "are the least", "without a fault", "gained", "ended with"):
        assert words in told


def test_memory_that_nobody_saw_is_accused() -> None:
    assert grown({}, 60.0, 4) == ["the memory of 0 workers was seen, and not of 4"]
    assert grown({}, 60.0, 0) == []

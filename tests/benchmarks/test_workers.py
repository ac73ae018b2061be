"""Contestants in processes of their own, and rounds among them."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from benchmarks.contestants.ground import Ground
from benchmarks.field import Field, Team, in_turns
from benchmarks.workers import Worker, WorkerError

GROUND = Ground(endpoint="h:1", access_key="a", secret_key="hush", bucket="b", secure=False)


def toy(name: str, ground: Ground) -> Worker:
    return Worker(name, [sys.executable, "-m", "tests.benchmarks.toys"], ground)


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config) -> None:
    monkeypatch.setenv("PYTHONPATH", str(pytestconfig.rootpath))


@pytest.fixture
def team() -> Iterator[Team]:
    field = Field(names=("one", "two"), start=toy, rounds=2)
    with field.team(GROUND) as team:
        yield team


def test_a_worker_answers_and_its_prints_are_no_answers():
    with toy("one", GROUND) as worker:
        assert worker.ask("echo", value=[1, "é"]) == [1, "é"]


def test_a_worker_that_failed_once_answers_again():
    with toy("one", GROUND) as worker:
        with pytest.raises(WorkerError, match="as it was told to"):
            worker.ask("fail")
        assert worker.ask("echo", value=1) == 1


def test_a_worker_that_ended_tells_what_it_said_last():
    with toy("one", GROUND) as worker, pytest.raises(WorkerError, match="why it ended"):
        worker.ask("end")


def test_keys_are_not_in_the_ground_s_repr():
    assert "hush" not in repr(GROUND)


def test_all_take_turns_and_another_begins_each():
    order: list[tuple[str, int]] = []
    in_turns(("a", "b"), 2, lambda name, number: order.append((name, number)), [])
    assert order == [("a", 0), ("b", 0), ("b", 1), ("a", 1)]


def test_a_round_is_the_median_of_its_turns(team: Team):
    found = team.medians(2, lambda worker, number: worker.ask("echo", value=[number, 10]))
    assert found == {"one": [5.5, 6.5], "two": [5.5, 6.5]}


def test_who_fails_is_out_and_the_others_go_on(team: Team):
    def measure(worker: Worker, number: int) -> float:
        if worker.name == "two" and number == 1:
            worker.ask("fail")
        return float(worker.ask("echo", value=number))

    assert team.rounds(measure) == {"one": [0.0, 1.0]}
    assert list(team.workers) == ["one"]
    assert "as it was told to" in team.field.failures[0]

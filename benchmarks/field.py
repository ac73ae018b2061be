"""The contestants side by side, in turns, so that all meet the same noise."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import chain
from statistics import median
from types import MappingProxyType
from typing import TypeVar

from benchmarks.contestants.ground import Ground
from benchmarks.rows import Sample
from benchmarks.workers import Worker, WorkerError

T = TypeVar("T")
Found = dict[str, list[T]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """Who takes part.

    Args:
        names: of the contestants, in the order of the columns.
        start: makes a contestant's process.
        rounds: of each measurement.
        failures: what the contestants who dropped out said.
    """

    names: tuple[str, ...]
    start: Callable[[str, Ground], Worker]
    rounds: int
    failures: list[str] = field(default_factory=list)

    @contextmanager
    def team(self, ground: Ground) -> Iterator[Team]:
        """All of them, each in one process that lives on from one measurement to the next."""
        with ExitStack() as stack:
            workers = {name: stack.enter_context(self.start(name, ground)) for name in self.names}
            yield Team(self, workers)

    def in_fresh_processes(
        self, ground: Ground, measure: Callable[[Worker], T], *, rounds: int
    ) -> Found[T]:
        """As many rounds, each in a process that has done nothing before."""

        def one(name: str, _number: int) -> T:
            with self.start(name, ground) as worker:
                return measure(worker)

        return in_turns(self.names, rounds, one, self.failures)


@dataclass(frozen=True, slots=True)
class Team:
    """Processes that wait for work. Who fails once is out, since what follows may build on it."""

    field: Field
    workers: dict[str, Worker]

    def all(self, measure: Callable[[Worker], T]) -> dict[str, T]:
        """Each of them, once."""
        return {name: found[0] for name, found in self.turns(1, lambda w, _: measure(w)).items()}

    def rounds(self, measure: Callable[[Worker, int], T]) -> Found[T]:
        """All rounds; ``measure`` is told the round's number."""
        return self.turns(self.field.rounds, measure)

    def medians(self, turns: int, measure: Callable[[Worker, int], list[float]]) -> Found[float]:
        """All rounds; a round is the median of what ``turns`` turns found together.

        A neighbour or a disk that slows the machine down for a second slows all.
        """
        found = self.turns(self.field.rounds * turns, measure)
        return {
            name: [
                median(chain.from_iterable(batches[start : start + turns]))
                for start in range(0, len(batches), turns)
            ]
            for name, batches in found.items()
        }

    def turns(self, count: int, measure: Callable[[Worker, int], T]) -> Found[T]:
        """``count`` turns of each, the first one another each time."""
        found = in_turns(
            tuple(self.workers),
            count,
            lambda name, number: measure(self.workers[name], number),
            self.field.failures,
        )
        for name in set(self.workers) - set(found):
            self.workers.pop(name).close()
        return found


def in_turns(
    names: Sequence[str], count: int, one: Callable[[str, int], T], failures: list[str]
) -> Found[T]:
    """Turn by turn, each begun by another; who fails is left out of it as a whole."""
    found: Found[T] = {name: [] for name in names}
    for number in range(count):
        first = number % len(names)
        for name in (*names[first:], *names[:first]):
            if name not in found:
                continue
            try:
                found[name].append(one(name, number))
            except WorkerError as error:
                failures.append(str(error))
                del found[name]
    return found


def samples(
    found: Mapping[str, list[float]],
    *,
    scale: float = 1.0,
    notes: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, Sample]:
    """What was found, in the unit of a row.

    Args:
        scale: units in one.
        notes: of the contestants of whom there is more to say.
    """
    return {
        name: Sample(tuple(value * scale for value in values), notes.get(name, ""))
        for name, values in found.items()
    }

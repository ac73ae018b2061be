"""Rounds that alternate between this package and the floor, so that both meet the same noise."""

from __future__ import annotations

import timeit
from collections.abc import Callable, Iterator
from itertools import islice
from statistics import median
from time import perf_counter
from typing import Any

from benchmarks.rows import Sample

Round = Callable[[], float]
Operation = Callable[[str], object]
Names = Iterator[str]


def alternate(rounds: int, ours: Round, floor: Round, *, scale: float) -> tuple[Sample, Sample]:
    """Both in turn, and each first in every other round.

    Args:
        rounds: how many.
        ours, floor: do one round and return its seconds.
        scale: units in a second.
    """
    found: dict[Round, list[float]] = {ours: [], floor: []}
    for number in range(rounds):
        order = (ours, floor) if number % 2 == 0 else (floor, ours)
        for one in order:
            found[one].append(one() * scale)
    return Sample(tuple(found[ours])), Sample(tuple(found[floor]))


def repeat(rounds: int, one: Round, *, scale: float) -> Sample:
    """Rounds of something that has no floor."""
    return Sample(tuple(one() * scale for _ in range(rounds)))


def in_pairs(
    rounds: int, ours: Operation, floor: Operation, *, items: tuple[Names, Names], batch: int
) -> tuple[Sample, Sample]:
    """Milliseconds of one operation over the network, both ways in turn, one by one.

    A neighbour or a disk that slows the machine down for a second slows both. A round is the
    median of its batch.

    Args:
        rounds: how many.
        ours, floor: what is timed, done to one name.
        items: an endless supply of names for each of the two.
        batch: operations of each in a round.
    """
    found: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        times: tuple[list[float], list[float]] = ([], [])
        for number, names in enumerate(islice(zip(*items, strict=False), batch)):
            for which in (0, 1) if number % 2 == 0 else (1, 0):
                operation = (ours, floor)[which]
                start = perf_counter()
                operation(names[which])
                times[which].append((perf_counter() - start) * 1e3)
        for which in (0, 1):
            found[which].append(median(times[which]))
    return Sample(tuple(found[0])), Sample(tuple(found[1]))


def per_call(statement: str, names: dict[str, Any], *, number: int) -> float:
    """Seconds of one of ``number`` runs of a statement that takes microseconds."""
    return timeit.Timer(statement, globals=names).timeit(number) / number

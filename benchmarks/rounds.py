"""Rounds of what runs in this process and has nobody beside it."""

from __future__ import annotations

import timeit
from collections.abc import Callable
from typing import Any

from benchmarks.rows import OURS, Sample

Round = Callable[[], float]


def repeat(rounds: int, one: Round, *, scale: float) -> dict[str, Sample]:
    """As many rounds of ours; ``one`` does a round and returns its seconds.

    Args:
        scale: units in a second.
    """
    return {OURS: Sample(tuple(one() * scale for _ in range(rounds)))}


def per_call(statement: str, names: dict[str, Any], *, number: int) -> float:
    """Seconds of one of ``number`` runs of a statement that takes microseconds."""
    return timeit.Timer(statement, globals=names).timeit(number) / number

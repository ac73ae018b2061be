"""What goes over the socket; a proxy counts it, so no time is taken."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.bench import Bench
from benchmarks.field import Team
from benchmarks.rows import Sample
from benchmarks.workers import Worker


def requests(bench: Bench, team: Team, do: Callable[[Worker], object]) -> dict[str, Sample]:
    """How many requests each contestant makes; ``team`` stands before the counting proxy."""

    def count(worker: Worker) -> int:
        before = len(bench.proxy.seen)
        do(worker)
        return len(bench.proxy.seen) - before

    return {name: Sample((found,)) for name, found in team.all(count).items()}

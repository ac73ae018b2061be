"""Many threads of one process that save at once, as those of a server do."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.bench import Bench
from benchmarks.field import samples
from benchmarks.rows import Row, Target
from benchmarks.workers import Worker

_FILES = 640


def measure(bench: Bench) -> Iterator[Row]:
    """Files of 10 KiB a second, by 16 threads that live on from round to round."""

    def save(worker: Worker, number: int) -> float:
        names = [f"{worker.name}/threads-{number}-{which}.bin" for which in range(_FILES)]
        found: float = worker.ask("rate", names=names)
        return found

    with bench.field.team(bench.ground()) as team:
        # Each thread opens its connection.
        team.all(lambda worker: save(worker, -1))
        yield Row(
            case="threads",
            name="16 threads saving 10 KiB",
            unit="/s",
            samples=samples(team.rounds(save)),
            target=Target(limit=0.95, of="ratio"),
        )

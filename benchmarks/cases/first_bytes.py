"""The first 64 KiB of a large file, as a browser's preview or a type check reads them."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.bench import Bench
from benchmarks.cases.counted import requests
from benchmarks.field import samples
from benchmarks.rows import Row, Target
from benchmarks.workers import Worker

_WANTED = 64 * 1024
_LABEL = "first 64 KiB of 100 MiB"
_TURNS = 3
_BATCH = 5


def measure(bench: Bench) -> Iterator[Row]:
    """Milliseconds and requests, opened and closed each time."""

    def read(worker: Worker, times: int) -> list[float]:
        found: list[float] = worker.ask("first", name=bench.large_name, length=_WANTED, times=times)
        return found

    with bench.field.team(bench.ground(endpoint=bench.proxy.endpoint)) as team:
        yield Row(
            case="first",
            name=f"{_LABEL}: requests",
            unit="requests",
            samples=requests(bench, team, lambda worker: read(worker, 1)),
        )
    with bench.field.team(bench.ground()) as team:
        team.all(lambda worker: read(worker, 1))
        found = team.medians(_TURNS, lambda worker, _: read(worker, _BATCH))
        yield Row(
            case="first",
            name=_LABEL,
            unit="ms",
            samples=samples(found, scale=1e3),
            target=Target(limit=1.3, of="ratio"),
        )

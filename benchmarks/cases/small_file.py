"""Save, look at and delete a file of 10 KiB: requests, and time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.bench import Bench
from benchmarks.cases.counted import requests
from benchmarks.field import samples
from benchmarks.rows import Row, Target

_TURNS = 5
_BATCH = 10


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing to do to a name; each finds what those before it left."""

    label: str
    ask: str
    requests: Target | None = None
    time: Target | None = None


_OPERATIONS = (
    Operation("save a new 10 KiB file", "save", Target(limit=1), Target(limit=1.1, of="ratio")),
    Operation("exists, file is there", "exists"),
    Operation("exists, file is missing", "missing"),
    Operation("size", "size"),
    Operation("delete", "delete"),
)


def measure(bench: Bench) -> Iterator[Row]:
    """Milliseconds and requests of one operation."""
    with bench.field.team(bench.ground(endpoint=bench.proxy.endpoint)) as team:
        for operation in _OPERATIONS:
            names = _names(operation, "counted", 0)[:1]
            yield Row(
                case="small",
                name=f"{operation.label}: requests",
                unit="requests",
                samples=requests(
                    bench,
                    team,
                    lambda worker, ask=operation.ask, names=names: worker.ask(
                        "each", operation=ask, names=[f"{worker.name}/{name}" for name in names]
                    ),
                ),
                target=operation.requests,
            )
    with bench.field.team(bench.ground()) as team:
        for operation in _OPERATIONS:
            found = team.medians(
                _TURNS,
                lambda worker, number, operation=operation: worker.ask(
                    "each",
                    operation=operation.ask,
                    names=[f"{worker.name}/{name}" for name in _names(operation, "small", number)],
                ),
            )
            yield Row(
                case="small",
                name=operation.label,
                unit="ms",
                samples=samples(found, scale=1e3),
                target=operation.time,
            )


def _names(operation: Operation, start: str, turn: int) -> list[str]:
    """Those of a turn, the same for each operation; or what nobody saved."""
    where = "missing" if operation.ask == "missing" else start
    return [f"{where}-{turn:04}-{number:02}.bin" for number in range(_BATCH)]

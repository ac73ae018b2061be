"""How long a server that is not there holds its caller, and what the caller is told."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from benchmarks.bench import Bench
from benchmarks.rows import Row, Sample, Target
from benchmarks.workers import Worker, WorkerError

_MOST_ROUNDS = 5
_TARGET = Target(limit=1.0, note="raises")


def measure(bench: Bench) -> Iterator[Row]:
    """Seconds to the answer of ``exists``, at a port where nothing listens.

    All at once: waiting takes no processor, and most of them wait for long.
    """
    rounds = min(bench.field.rounds, _MOST_ROUNDS)

    def answers(worker: Worker) -> Sample | None:
        try:
            # Imports and the making of a client are not what an outage costs.
            found = [worker.ask("answer", name="docs/plan.pdf") for _ in range(rounds + 1)][1:]
        except WorkerError as error:
            bench.field.failures.append(str(error))
            return None
        said = " or ".join(sorted({one["said"] for one in found}))
        return Sample(tuple(one["s"] for one in found), said)

    with (
        bench.field.team(bench.ground(endpoint=bench.refused, secure=False)) as team,
        ThreadPoolExecutor(len(team.workers)) as pool,
    ):
        found = dict(zip(team.workers, pool.map(answers, team.workers.values()), strict=True))
    yield Row(
        case="dead",
        name="exists() on a dead server",
        unit="s",
        samples={name: sample for name, sample in found.items() if sample is not None},
        target=_TARGET,
    )

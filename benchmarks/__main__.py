"""``python -m benchmarks [--quick] [--only CASE ...]``."""

from __future__ import annotations

import argparse
import subprocess
import sys
import traceback
from collections.abc import Sequence
from datetime import datetime

from benchmarks.bench import prepare
from benchmarks.contestants.ground import Ground
from benchmarks.environments import CONTESTANTS
from benchmarks.field import Field
from benchmarks.machine import facts
from benchmarks.plotting import is_drawn, plot
from benchmarks.report import Run, table
from benchmarks.rows import Row
from benchmarks.workers import Worker, WorkerError

_ROUNDS = 9
_QUICK_ROUNDS = 2


def main() -> int:
    """Measure, print and save; 1 if something could not be measured, whatever the numbers are."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two rounds, for trying it")
    parser.add_argument("--only", action="append", metavar="CASE", help="may be given again")
    chosen = parser.parse_args()
    rounds = _QUICK_ROUNDS if chosen.quick else _ROUNDS
    run = measured(rounds, chosen.only or ())
    print(", ".join(f"{name} {value}" for name, value in run.machine.items()))
    print(table(run.rows))
    for failure in run.failures:
        print(f"could not be measured: {failure}", file=sys.stderr)
    path = run.save()
    print(f"each round is in {path}")
    try:
        if any(is_drawn(row) for row in run.rows):
            print(f"the picture is {plot(path, path.with_suffix('.svg'))}")
    except RuntimeError as error:
        print(f"no picture: {error}", file=sys.stderr)
        return 1
    return 1 if run.failures else 0


def measured(rounds: int, only: Sequence[str]) -> Run:
    """Do the cases, or those of them that are named; what fails does not stop the others."""
    failures: list[str] = []
    field = Field(names=_ready(failures), start=_start, rounds=rounds, failures=failures)
    rows: list[Row] = []
    with prepare(field) as bench:
        # What the cases import needs Django's settings.
        from benchmarks.cases import CASES

        unknown = set(only) - set(CASES)
        if unknown:
            sys.exit(f"no case {', '.join(sorted(unknown))}; there are {', '.join(CASES)}")
        machine = facts(bench.server)
        versions = {}
        for name in field.names:
            with field.start(name, bench.ground()) as worker:
                try:
                    versions[name] = worker.ask("versions")
                except WorkerError as error:
                    failures.append(str(error))
        for name in only or CASES:
            print(f"{name} ...", file=sys.stderr, flush=True)
            try:
                rows.extend(CASES[name](bench))
            except Exception:  # noqa: BLE001 -- the other cases are still worth measuring
                failures.append(f"{name}: {traceback.format_exc()}")
    return Run(
        date=datetime.now().astimezone().isoformat(timespec="seconds"),
        rounds=rounds,
        machine=machine,
        versions=versions,
        rows=rows,
        failures=failures,
    )


def _ready(failures: list[str]) -> tuple[str, ...]:
    """The contestants whose environments are there or could be made."""
    ready = []
    for name, environment in CONTESTANTS.items():
        try:
            environment.make()
        except (RuntimeError, subprocess.SubprocessError) as error:
            failures.append(str(error))
        else:
            ready.append(name)
    return tuple(ready)


def _start(name: str, ground: Ground) -> Worker:
    return Worker(name, [str(CONTESTANTS[name].python), "-m", "contestants", name], ground)


if __name__ == "__main__":
    sys.exit(main())

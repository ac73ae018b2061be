"""``python -m benchmarks [--quick] [--only CASE ...]``."""

from __future__ import annotations

import argparse
import sys
import traceback

from benchmarks.ground import prepare
from benchmarks.machine import facts
from benchmarks.report import save, table
from benchmarks.rows import Row

_ROUNDS = 9
_QUICK_ROUNDS = 2


def main() -> int:
    """Measure, print and save; 1 if something could not be measured, whatever the numbers are."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two rounds, for trying it")
    parser.add_argument("--only", action="append", metavar="CASE", help="may be given again")
    chosen = parser.parse_args()
    rows: list[Row] = []
    failures: list[str] = []
    with prepare(_QUICK_ROUNDS if chosen.quick else _ROUNDS) as ground:
        # What the cases import needs Django's settings.
        from benchmarks.cases import CASES

        unknown = set(chosen.only or ()) - set(CASES)
        if unknown:
            parser.error(f"no case {', '.join(sorted(unknown))}; there are {', '.join(CASES)}")
        machine = facts(ground.server)
        for name in chosen.only or CASES:
            print(f"{name} ...", file=sys.stderr, flush=True)
            try:
                rows.extend(CASES[name](ground))
            except Exception:  # noqa: BLE001 -- the other cases are still worth measuring
                failures.append(f"{name}: {traceback.format_exc()}")
    print(", ".join(f"{name} {value}" for name, value in machine.items()))
    print(table(rows))
    for failure in failures:
        print(f"could not be measured: {failure}", file=sys.stderr)
    print(f"each round is in {save(rows, machine, failures)}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

"""The table for people, the file for machines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks import figures
from benchmarks.rows import Row

_RESULTS = Path(__file__).parent / "results"
_HEAD = ("best / median", *figures.TITLES.values(), "ratio", "target", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one run found.

    Args:
        date: ISO 8601, when it ended.
        rounds: of each measurement; what is slow may have had fewer.
        machine: what it ran on.
        versions: of all that each contestant had installed.
        failures: what could not be measured, and why.
    """

    date: str
    rounds: int
    machine: Mapping[str, Any]
    versions: Mapping[str, Mapping[str, str]]
    rows: Sequence[Row]
    failures: Sequence[str]

    def save(self) -> Path:
        """Write everything down, each round included, and return where."""
        _RESULTS.mkdir(exist_ok=True)
        when = datetime.fromisoformat(self.date)
        path = _RESULTS / f"{when:%Y-%m-%dT%H%M%S}.json"
        found = {
            "date": self.date,
            "rounds": self.rounds,
            "machine": dict(self.machine),
            "versions": {name: dict(found) for name, found in self.versions.items()},
            "rows": [row.as_json() for row in self.rows],
            "failures": list(self.failures),
        }
        path.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        return path

    @classmethod
    def load(cls, path: Path) -> Run:
        """What ``save`` wrote."""
        found = json.loads(path.read_text(encoding="utf-8"))
        return cls(**{**found, "rows": [Row.from_json(row) for row in found["rows"]]})


def table(rows: Iterable[Row]) -> str:
    """Aligned columns, numbers to the right."""
    lines = [_HEAD, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_HEAD))]
    return "\n".join(_aligned(line, widths) for line in lines)


def _cells(row: Row) -> tuple[str, ...]:
    return (
        f"{row.case}  {figures.label(row)}",
        *(figures.best_and_median(row, name) for name in figures.TITLES),
        figures.ratio(row),
        figures.target(row),
        row.verdict,
    )


def _aligned(line: Sequence[str], widths: Sequence[int]) -> str:
    cells = [line[0].ljust(widths[0])]
    cells += [cell.rjust(width) for cell, width in zip(line[1:-1], widths[1:-1], strict=True)]
    return "  ".join([*cells, line[-1]]).rstrip()

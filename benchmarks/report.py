"""The table for people, the file for machines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.rows import Row, Sample

_RESULTS = Path(__file__).parent / "results"
_HEAD = ("what", "best", "median", "minio-py best", "median", "ratio", "target", "")


def table(rows: Iterable[Row]) -> str:
    """Aligned columns, numbers to the right."""
    lines = [_HEAD, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_HEAD))]
    return "\n".join(_aligned(line, widths) for line in lines)


def save(rows: Sequence[Row], facts: dict[str, Any], failures: Sequence[str]) -> Path:
    """Write everything down, each round included, and return where."""
    now = datetime.now().astimezone()
    _RESULTS.mkdir(exist_ok=True)
    path = _RESULTS / f"{now:%Y-%m-%dT%H%M%S}.json"
    found = {
        "date": now.isoformat(timespec="seconds"),
        "machine": facts,
        "rows": [row.as_json() for row in rows],
        "failures": list(failures),
    }
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return path


def _cells(row: Row) -> tuple[str, ...]:
    floor = ("", "") if row.floor is None else _pair(row.floor, row.unit)
    return (
        f"{row.case}  {row.name}",
        *_pair(row.ours, row.unit),
        *floor,
        "" if row.ratio is None else f"{row.ratio:.2f} x",
        _target(row),
        row.verdict,
    )


def _pair(sample: Sample, unit: str) -> tuple[str, str]:
    return _number(sample.best, unit), _number(sample.median, unit)


def _number(value: float, unit: str) -> str:
    if unit == "s" and value < 1:
        value, unit = value * 1e3, "ms"
    digits = 0 if not unit else 1 if unit == "MiB" or value >= 100 else 2
    return f"{value:.{digits}f} {unit}".rstrip()


def _target(row: Row) -> str:
    if row.target is None:
        return ""
    return f"<= {row.target.limit:g} {'x' if row.target.of == 'ratio' else row.unit}".rstrip()


def _aligned(line: Sequence[str], widths: Sequence[int]) -> str:
    cells = [line[0].ljust(widths[0])]
    cells += [cell.rjust(width) for cell, width in zip(line[1:-1], widths[1:-1], strict=True)]
    return "  ".join([*cells, line[-1]]).rstrip()

"""Draws the picture of a run, in the environment that has what it takes."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from benchmarks import figures
from benchmarks.environments import HERE, PLOT
from benchmarks.report import Run
from benchmarks.rows import FLOOR, OURS, Row


def plot(result: Path, picture: Path) -> Path:
    """Draw what ``result`` holds into ``picture``, SVG or PNG by its ending.

    Raises:
        RuntimeError: it cannot be drawn; the message says why.
    """
    PLOT.make()
    run = Run.load(result)
    done = subprocess.run(
        [str(PLOT.python), str(HERE / "draw.py"), str(picture)],
        input=json.dumps(
            {
                "caption": _caption(run),
                "contestants": dict(figures.TITLES),
                "lines": [_line(row) for row in run.rows if is_drawn(row)],
            }
        ),
        capture_output=True,
        check=False,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return picture


def is_drawn(row: Row) -> bool:
    """What can be told beside the floor: neither counts nor growth, which may be nothing."""
    return {OURS, FLOOR} < set(row.samples) and row.ratio() is not None


def _line(row: Row) -> dict[str, Any]:
    """A row as times relative to the floor's; rates are turned into times."""
    ratios = {name: row.ratio(name) for name in row.samples}
    return {
        "label": row.name,
        "ours": figures.bare_median(row, OURS),
        "ratios": {
            name: 1 / ratio if row.more_is_better else ratio
            for name, ratio in ratios.items()
            if ratio
        },
    }


def _caption(run: Run) -> str:
    return f"{run.date[:10]}, {run.machine['cpus']} cores shared with the server"

"""``python -m benchmarks.publish RESULT.json``: writes the documentation's tables from a run.

No figure is copied by hand: what stands between the two marks in README.md and docs/performance.md
is replaced, and docs/performance.svg is drawn anew.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from benchmarks import figures
from benchmarks.environments import ROOT
from benchmarks.plotting import plot
from benchmarks.report import Run
from benchmarks.rows import OURS, Row

_BEGIN, _END = "<!-- benchmarks: begin -->", "<!-- benchmarks: end -->"
_LEAST_ROUNDS = 5
_BETWEEN = re.compile(f"{re.escape(_BEGIN)}.*{re.escape(_END)}", re.DOTALL)
# Of each contestant, what its speed hangs on.
_TOLD = ("django", "django-minio-backend", "django-storages", "boto3", "minio", "urllib3")


def main() -> int:
    """Write both pages and the picture; 1 if the run is unfit for it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.publish", description=__doc__)
    parser.add_argument("result", type=Path)
    path = parser.parse_args().result
    run = Run.load(path)
    if (reason := unfit(run)) is not None:
        print(f"not published: {reason}", file=sys.stderr)
        return 1
    for page, text in (("README.md", summary(run)), ("docs/performance.md", everything(run))):
        file = ROOT / page
        file.write_text(put_between(file.read_text(encoding="utf-8"), text), encoding="utf-8")
    plot(path, ROOT / "docs" / "performance.svg")
    return 0


def unfit(run: Run) -> str | None:
    """Why a run says too little to be published; None if it does not."""
    if run.failures:
        return "something could not be measured"
    if run.rounds < _LEAST_ROUNDS:
        return f"{run.rounds} rounds are fewer than {_LEAST_ROUNDS}"
    return None


def put_between(page: str, text: str) -> str:
    """The page with ``text`` between its marks.

    Raises:
        ValueError: it has no marks.
    """
    if not _BETWEEN.search(page):
        raise ValueError(f"The page has no {_BEGIN} ... {_END}.")
    return _BETWEEN.sub(lambda _: f"{_BEGIN}\n{text}\n{_END}", page)


def summary(run: Run) -> str:
    """What has a target and somebody beside it: medians, and which targets were reached."""
    rows = [row for row in run.rows if row.target is not None and len(row.samples) > 1]
    return f"{_when(run)}\n\n{_table(rows, figures.median)}"


def everything(run: Run) -> str:
    """All rows, with best and median, and the versions of all who took part."""
    beside = [row for row in run.rows if len(row.samples) > 1]
    alone = [row for row in run.rows if len(row.samples) == 1]
    return "\n\n".join(
        [
            f"{_when(run)} Best / median.",
            _table(beside, figures.best_and_median),
            "What only tenant_minio does:",
            _table_alone(alone),
            _versions(run),
        ]
    )


def _when(run: Run) -> str:
    machine = run.machine
    return (
        f"Measured on {run.date[:10]}: {machine['cpus']} cores ({machine['processor']}) that "
        f"client and server share, {machine['system'].split()[0]}, Python {machine['python']}, "
        f"{run.rounds} rounds."
    )


def _table(rows: Iterable[Row], figure: Callable[[Row, str], str]) -> str:
    head = ["", *figures.TITLES.values(), "to minio-py", "target", ""]
    lines = [
        [
            figures.label(row),
            *(figure(row, name) or "–" for name in figures.TITLES),
            figures.ratio(row),
            figures.target(row),
            row.verdict,
        ]
        for row in rows
    ]
    return _markdown([head, *lines])


def _table_alone(rows: Iterable[Row]) -> str:
    lines = [
        [
            f"{row.case}: {figures.label(row)}",
            figures.best_and_median(row, OURS),
            figures.target(row),
            row.verdict,
        ]
        for row in rows
    ]
    return _markdown([["", figures.TITLES[OURS], "target", ""], *lines])


def _markdown(lines: list[list[str]]) -> str:
    rule = ["---"] * len(lines[0])
    return "\n".join(f"| {' | '.join(line)} |" for line in [lines[0], rule, *lines[1:]])


def _versions(run: Run) -> str:
    told = []
    for name, versions in run.versions.items():
        known = {package.lower(): version for package, version in versions.items()}
        with_ = ", ".join(f"{package} {known[package]}" for package in _TOLD if package in known)
        told.append(f"- {figures.TITLES[name]}: {with_}")
    return "\n".join(["Versions:", "", *told, f"- server: {run.machine['server']}"])


if __name__ == "__main__":
    sys.exit(main())

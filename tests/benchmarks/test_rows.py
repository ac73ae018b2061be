"""Ratios and verdicts, and how they are shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks import figures, report
from benchmarks.publish import everything, put_between, summary, unfit
from benchmarks.report import Run, table
from benchmarks.rows import FLOOR, OURS, Row, Sample, Target


def row(ours: float | None = 2.0, floor: float | None = 1.0, **changes: Any) -> Row:
    found = {OURS: ours, FLOOR: floor}
    return Row(
        **{
            "case": "small",
            "name": "save",
            "unit": "ms",
            "samples": {name: Sample((one, one)) for name, one in found.items() if one is not None},
            **changes,
        }
    )


def run(*rows: Row, **changes: Any) -> Run:
    machine = {"cpus": 2, "processor": "P", "system": "Linux 6", "python": "3.12", "server": "S"}
    return Run(
        **{
            "date": "2026-01-02T03:04:05+00:00",
            "rounds": 2,
            "machine": machine,
            "versions": {OURS: {"Django": "6.1", "other": "1"}},
            "rows": rows,
            "failures": [],
            **changes,
        }
    )


@pytest.mark.parametrize(
    ("ours", "target", "unit", "verdict"),
    [
        (2.0, Target(limit=2.0), "ms", "reached"),
        (2.1, Target(limit=2.0), "ms", "missed"),
        (1.1, Target(limit=1.1, of="ratio"), "ms", "reached"),
        (1.2, Target(limit=1.1, of="ratio"), "ms", "missed"),
        (0.95, Target(limit=0.95, of="ratio"), "/s", "reached"),
        (0.9, Target(limit=0.95, of="ratio"), "/s", "missed"),
        (0.0, Target(limit=0), "requests", "reached"),
        (None, Target(limit=1), "ms", "not measured"),
        (9.0, None, "ms", ""),
    ],
)
def test_verdict(ours: float | None, target: Target | None, unit: str, verdict: str):
    assert row(ours, target=target, unit=unit).verdict == verdict


def test_a_ratio_that_lacks_its_floor_is_not_measured():
    assert row(floor=None, target=Target(limit=1, of="ratio")).verdict == "not measured"


def test_a_fast_answer_that_is_not_the_wanted_one_misses():
    target = Target(limit=1, note="raises")
    answers = {note: {OURS: Sample((0.1,), note)} for note in ("False", "raises OSError")}
    found = [row(samples=one, unit="s", target=target).verdict for one in answers.values()]
    assert found == ["missed", "reached"]


def test_the_best_of_a_rate_is_its_highest():
    shown = row(samples={OURS: Sample((100.0, 300.0))}, unit="/s")
    assert figures.best_and_median(shown, OURS) == "300 /s / 200 /s"


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (0.2, "s", "200 ms"),
        (6.0, "s", "6.00 s"),
        (25.04, "MiB", "25.0 MiB"),
        (2, "requests", "2"),
        (1028.4, "µs", "1,028 µs"),
    ],
)
def test_figures_have_as_many_digits_as_they_mean(value: float, unit: str, shown: str):
    assert figures.median(row(value, unit=unit), OURS) == shown


def test_a_run_is_read_as_it_was_saved(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(report, "_RESULTS", tmp_path)
    saved = run(
        row(target=Target(limit=1.1, of="ratio"), reference={"curl": Sample((1.0,))}),
        row(samples={OURS: Sample((1.0,), "note")}),
    )
    read = Run.load(saved.save())
    assert (list(read.rows), read.machine) == (list(saved.rows), saved.machine)


def test_the_table_shows_every_contestant_and_the_verdict():
    line = table([row(target=Target(limit=1.1, of="ratio"))]).splitlines()[1]
    assert line.split() == [
        "small",
        "save",
        "2.00",
        "ms",
        "1.00",
        "ms",
        "2.00",
        "×",
        "≤",
        "1.1",
        "×",
        "missed",
    ]


def test_the_summary_holds_what_has_a_target_and_somebody_beside_it():
    text = summary(
        run(
            row(name="both", target=Target(limit=3)),
            row(name="no target"),
            row(name="alone", floor=None, target=Target(limit=3)),
        )
    )
    assert "| both | 2.00 ms | 1.00 ms | – | – | 2.00 × | ≤ 3 ms | reached |" in text
    assert "no target" not in text
    assert "alone" not in text


def test_the_whole_holds_all_rows_and_versions():
    text = everything(run(row(name="both"), row(name="alone", floor=None)))
    assert "| small: alone | 2.00 ms |" in text
    assert "- tenant_minio: django 6.1\n" in text


def test_only_what_is_between_the_marks_is_written():
    page = "a\n<!-- benchmarks: begin -->old<!-- benchmarks: end -->\nb"
    written = put_between(page, r"new \1")
    assert written == "a\n<!-- benchmarks: begin -->\nnew \\1\n<!-- benchmarks: end -->\nb"
    assert put_between(written, "x") == put_between(page, "x")


def test_a_page_without_marks_is_refused():
    with pytest.raises(ValueError, match="benchmarks: begin"):
        put_between("a", "new")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"rounds": 4}, "4 rounds are fewer than 5"),
        ({"rounds": 5, "failures": ["small: ..."]}, "something could not be measured"),
        ({"rounds": 5}, None),
    ],
)
def test_only_whole_runs_of_enough_rounds_are_published(changes: Any, reason: str | None):
    assert unfit(run(**changes)) == reason

"""`make audit` looks up each version, whatever Python it is for."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.testing.support import ROOT, write_program

_PINS = [
    re.match(r"[^;\s]+", line)[0]
    for line in (ROOT / "constraints.txt").read_text().splitlines()
    if line and not line.startswith("#")
]
# In the place of pip-audit: keeps what it is told to look up, a line for each run, and finds one of
# them vulnerable.
_AUDITOR = """
for word in "$@"; do
    if [ -f "$word" ]; then cat "$word"; fi
done | paste -sd ' ' >>"$SEEN"
! tail -n 1 "$SEEN" | grep --quiet --fixed-strings "$VULNERABLE"
"""


def audit(folder: Path, vulnerable: str = "none of them") -> tuple[int, list[list[str]]]:
    """How it ended, and what each run of the auditor looked up."""
    seen = folder / "seen"
    auditor = write_program(folder / "pip-audit", _AUDITOR)
    done = subprocess.run(
        [ROOT / ".ci" / "audit", auditor],
        env={**os.environ, "SEEN": str(seen), "VULNERABLE": vulnerable},
        timeout=60,
        check=False,
    )
    return done.returncode, [line.split() for line in seen.read_text().splitlines()]


def test_each_version_is_looked_up(tmp_path: Path) -> None:
    code, runs = audit(tmp_path)
    assert code == 0
    assert sorted(one for run in runs for one in run) == sorted(_PINS)
    assert {one.partition("==")[0] for one in _PINS} >= {"django", "numpy", "minio"}


def test_no_run_names_a_package_twice(tmp_path: Path) -> None:
    """Pip-audit would refuse it."""
    _, runs = audit(tmp_path)
    for run in runs:
        names = [re.sub("[-_.]+", "-", one.partition("==")[0].lower()) for one in run]
        assert len(names) == len(set(names))


@pytest.mark.parametrize("vulnerable", [one for one in _PINS if one.startswith("django==")])
def test_one_vulnerable_version_is_enough_to_fail(tmp_path: Path, vulnerable: str) -> None:
    """Whichever run looks it up."""
    assert audit(tmp_path, vulnerable)[0] == 1


def test_make_audits_this_way() -> None:
    lines = (ROOT / "Makefile").read_text().splitlines()
    assert lines[lines.index("audit: $(VENV)/audit/bin/pip-audit") + 1] == "\t.ci/audit $<"

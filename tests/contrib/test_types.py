"""What docs/tasks.md writes is well typed to a project that has mypy look at it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.testing.support import ROOT

_BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
# Those that stand alone; the others go on where one of these ends.
_BLOCKS = [
    block for block in _BLOCK.findall((ROOT / "docs" / "tasks.md").read_text()) if "import" in block
]
_IMMEDIATE = """
from django.tasks.backends.immediate import ImmediateBackend
from tenant_minio.contrib.tasks import TenantTask, TenantTasks


class Own(TenantTask):
    pass


class Backend(TenantTasks, ImmediateBackend):
    pass


class OwnBackend(TenantTasks, ImmediateBackend):
    task_class = Own
"""


def test_page_has_a_block_for_each_kind_of_task() -> None:
    assert ["Celery" in block for block in _BLOCKS] == [True, False]


@pytest.mark.parametrize("block", [*_BLOCKS, _IMMEDIATE], ids=["celery", "database", "immediate"])
def test_block_has_no_wrong_types(tmp_path: Path, block: str) -> None:
    (tmp_path / "block.py").write_text(block)
    # Celery has no types.
    untyped = "[mypy-celery.*]\nignore_missing_imports = true\n"
    (tmp_path / "mypy.ini").write_text(f"[mypy]\nstrict = true\n{untyped}")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--follow-imports", "silent", "block.py"],
        cwd=tmp_path,
        env={**os.environ, "MYPYPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.stdout == "Success: no issues found in 1 source file\n", done.stderr

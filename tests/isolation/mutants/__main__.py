"""Plant each mistake in a copy of the package and see that the tests catch it.

python -m tests.isolation.mutants            # all of them
python -m tests.isolation.mutants slash URL  # those whose names hold one of these words
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .planted import MUTANTS, Mutant

ROOT = Path(__file__).parents[3]
_PARALLEL = 2
_SECONDS = 300  # for one run; a mistake may make threads wait for each other
_PLUGINS = ["pytest_django.plugin", "pytest_asyncio.plugin", "tenant_minio.testing.plugin"]
_FAILED = re.compile(r"^(?:FAILED|ERROR) (tests/\S+::\S+)", re.MULTILINE)
_CROSSED = re.compile(r"CrossedError|a tenant was left open")


def run(folder: Path, *tests: str) -> tuple[int, str]:
    """Run tests on the copy of the package in ``folder``; exit code of pytest, and its words."""
    plugins = [word for name in _PLUGINS for word in ("-p", name)]
    options = ["-x", "-q", "--tb=short", "-p", "no:cacheprovider", *plugins, *tests]
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *options],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(folder), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return -1, f"It did not end in {_SECONDS} s."
    return done.returncode, done.stdout


def copy(folder: Path) -> Path:
    """A copy of all that the tests need."""
    unwanted = shutil.ignore_patterns("__pycache__", "*.pyc")
    for name in ("tenant_minio", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=unwanted)
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def caught(code: int, output: str) -> str | None:
    """The test that caught a mistake; None if none did.

    A test that could not begin has caught nothing, unless it is the judge that ended it.
    """
    if code != 1:
        return None
    failed = [
        match[1]
        for match in _FAILED.finditer(output)
        if match[0].startswith("FAILED") or _CROSSED.search(output)
    ]
    return failed[0] if failed else None


def judge(mutant: Mutant) -> str | None:
    """What is wrong with the suite (or the mutant) if the mistake is not caught; None if it is."""
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mutant-") as name:
        folder = copy(Path(name))
        path = folder / "tenant_minio" / mutant.path
        try:
            path.write_text(mutant.apply(path.read_text()))
        except LookupError as error:
            return str(error)
        code, output = run(folder, mutant.caught_by)
    found = caught(code, output)
    if found is None:
        return f"NOT CAUGHT  {mutant.name}: {mutant.caught_by} ended with {code}\n{output[-3000:]}"
    seconds = time.monotonic() - start
    print(f"caught  {mutant.name} ({seconds:.0f} s)\n        broken: {mutant.guarantee}")
    print(f"        by {found}", flush=True)
    return None


def unmutated(tests: list[str]) -> str | None:
    """What is wrong if the tests do not pass as things are."""
    with tempfile.TemporaryDirectory(prefix="mutant-") as name:
        code, output = run(copy(Path(name)), *tests)
    return None if code == 0 else f"The unmutated copy fails ({code}):\n{output[-5000:]}"


def main(words: list[str]) -> int:
    chosen = [one for one in MUTANTS if not words or any(word in one.name for word in words)]
    tests = sorted({one.caught_by for one in chosen})
    start = time.monotonic()
    with ThreadPoolExecutor(_PARALLEL) as pool:
        baseline = pool.submit(unmutated, tests)
        wrong = [found for found in pool.map(judge, chosen) if found is not None]
        if (found := baseline.result()) is not None:
            wrong.append(found)
    print(*wrong, sep="\n")
    minutes = (time.monotonic() - start) / 60
    print(f"{len(chosen)} mutants, {len(wrong)} failures, {minutes:.1f} min")
    return 1 if wrong or not chosen else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

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

from .planted import CRASH, MUTANTS, Mutant

ROOT = Path(__file__).parents[3]
_PARALLEL = 2
_SECONDS = 300  # for one run; a mistake may make threads wait for each other
_PLUGINS = ["pytest_django.plugin", "pytest_asyncio.plugin", "tenant_minio.testing.plugin"]
_FAILED = re.compile(r"^(?:FAILED|ERROR) (tests/\S+::\S+)", re.MULTILINE)
_ERROR = re.compile(r"^E +(.+)$", re.MULTILINE)


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


def caught(saying: str, code: int, output: str) -> str | None:
    """The test that caught a mistake; None if none did.

    A test that failed has caught nothing if it says something else than it should: it may have
    come to its end before anything was judged.
    """
    failed = _FAILED.search(output)
    said = any(error.startswith(saying) for error in _ERROR.findall(output))
    return failed[1] if code == 1 and failed and said else None


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
    found = caught(mutant.saying, code, output)
    if found is None:
        why = f"{mutant.caught_by} ended with {code} and not with {mutant.saying!r}"
        errors = "\n".join(_ERROR.findall(output))
        return f"NOT CAUGHT  {mutant.name}: {why}\n{errors}\n{output[-3000:]}"
    seconds = time.monotonic() - start
    print(f"caught  {mutant.name} ({seconds:.0f} s)\n        broken: {mutant.guarantee}")
    print(f"        by {found}", flush=True)
    return None


def unmutated(tests: list[str]) -> str | None:
    """What is wrong if the tests do not pass as things are."""
    with tempfile.TemporaryDirectory(prefix="mutant-") as name:
        code, output = run(copy(Path(name)), *tests)
    return None if code == 0 else f"The unmutated copy fails ({code}):\n{output[-5000:]}"


def no_judge() -> str | None:
    """What is wrong with this very program if it takes a crash for a mistake that was caught."""
    said = judge(CRASH)
    if said is not None and said.startswith("NOT CAUGHT") and "ZeroDivisionError" in said:
        return None
    return f"A mutant that only crashes should not be caught: {said}"


def main(words: list[str]) -> int:
    chosen = [one for one in MUTANTS if not words or any(word in one.name for word in words)]
    tests = sorted({one.caught_by for one in chosen})
    start = time.monotonic()
    with ThreadPoolExecutor(_PARALLEL) as pool:
        baseline = pool.submit(unmutated, tests)
        itself = pool.submit(no_judge)
        wrong = [found for found in pool.map(judge, chosen) if found is not None]
        wrong += [one.result() for one in (baseline, itself) if one.result() is not None]
    print(*wrong, sep="\n")
    minutes = (time.monotonic() - start) / 60
    print(f"{len(chosen)} mutants, {len(wrong)} failures, {minutes:.1f} min")
    return 1 if wrong or not chosen else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

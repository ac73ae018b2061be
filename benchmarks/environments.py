"""An environment for each contestant, and one for the plot: ``python -m benchmarks.environments``.

What one of them needs may not be had beside another: django-minio-backend requires a minio that
this package refuses. Each is made once, and again when its pins or the interpreter change.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.rows import FLOOR, OURS

HERE = Path(__file__).parent
ROOT = HERE.parent
_KEPT = ROOT / ".bench"


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """One virtual environment.

    Args:
        name: of its folder.
        pins: the file with its requirements.
        checkout: install this checkout too, so that what is measured is what lies here.
    """

    name: str
    pins: Path
    checkout: bool = False

    @property
    def python(self) -> Path:
        return self._folder / "bin" / "python"

    def make(self) -> None:
        """Make it, unless it is there as it should be.

        Raises:
            RuntimeError: it cannot be made; the message holds what pip said.
        """
        stamp, wanted = self._folder / "made-of", self._digest()
        if stamp.exists() and stamp.read_text() == wanted:
            return
        print(f"making the environment {self.name} ...", file=sys.stderr, flush=True)
        shutil.rmtree(self._folder, ignore_errors=True)
        self._run(sys.executable, "-m", "venv", str(self._folder))
        checkout = ["--editable", str(ROOT)] if self.checkout else []
        self._run(
            *(str(self.python), "-m", "pip", "install", "--quiet"),
            *("--disable-pip-version-check", "--requirement", str(self.pins), *checkout),
        )
        stamp.write_text(wanted)

    @property
    def _folder(self) -> Path:
        return _KEPT / self.name

    def _digest(self) -> str:
        parts = [sys.version, sys.prefix, self.pins.read_text()]
        if self.checkout:
            parts.append((ROOT / "pyproject.toml").read_text())
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def _run(self, *command: str) -> None:
        done = subprocess.run(command, capture_output=True, check=False, text=True)
        if done.returncode:
            raise RuntimeError(
                f"The environment {self.name} cannot be made:\n{done.stdout}{done.stderr}"
            )


# In the order of the table's columns.
CONTESTANTS: Mapping[str, Environment] = {
    name: Environment(name=name, pins=HERE / "contestants" / f"{name}.txt", checkout=name == OURS)
    for name in (OURS, FLOOR, "django_minio_backend", "django_storages")
}
# What is measured beside one case only.
PRIVATE_STORAGE = Environment(
    name="django_private_storage", pins=HERE / "downloads" / "django_private_storage.txt"
)
PLOT = Environment(name="plot", pins=HERE / "plot.txt")


if __name__ == "__main__":
    for environment in (*CONTESTANTS.values(), PRIVATE_STORAGE, PLOT):
        environment.make()
        print(f"{environment.name}: {environment.python}")

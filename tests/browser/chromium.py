"""Debian's Chromium: found, or installed where that is possible (``python -m``)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome")
MISSING = (
    "The browser tests need Chromium, and there is none on PATH. "
    "Install it: apt-get install chromium"
)


def find() -> str | None:
    """The path of a Chromium, or None."""
    for name in NAMES:
        if path := shutil.which(name):
            return path
    usual = Path("/usr/bin/chromium")
    return str(usual) if usual.exists() else None


def install() -> None:
    """Install Debian's package, as root on a system with apt-get; say what to do elsewhere."""
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        sys.exit(MISSING)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update"], ["install", "--yes", "--no-install-recommends", "chromium"]):
        done = subprocess.run([apt, "--quiet=2", *arguments], env=environment, check=False)
        if done.returncode:
            sys.exit(f"apt-get {arguments[0]} failed. {MISSING}")


if __name__ == "__main__":
    if find() is None:
        install()
    print(f"Chromium: {find()}")

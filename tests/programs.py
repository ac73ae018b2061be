"""Programs that Debian packages: found, or installed where that is possible.

``python -m tests.programs nginx``
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

# The names of each program, and its package.
_PROGRAMS = {
    "nginx": (("nginx",), "nginx-light"),
    "chromium": (("chromium", "chromium-browser", "google-chrome"), "chromium"),
}
# Not every user has the second, where Debian puts servers.
_PATH = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin"


def find(program: str) -> str | None:
    """The path of a program, or None."""
    names, _package = _PROGRAMS[program]
    return next(filter(None, (shutil.which(name, path=_PATH) for name in names)), None)


def missing(program: str) -> str:
    """What to tell where there is none."""
    return f"The tests need {program}. Install it: apt-get install {_PROGRAMS[program][1]}"


def install(program: str) -> None:
    """Install Debian's package, as root on a system with apt-get; say what to do elsewhere."""
    apt, package = shutil.which("apt-get"), _PROGRAMS[program][1]
    if apt is None or os.geteuid() != 0:
        sys.exit(missing(program))
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update"], ["install", "--yes", "--no-install-recommends", package]):
        done = subprocess.run([apt, "--quiet=2", *arguments], env=environment, check=False)
        if done.returncode:
            sys.exit(f"apt-get {arguments[0]} failed. {missing(program)}")


if __name__ == "__main__":
    for wanted in sys.argv[1:]:
        if find(wanted) is None:
            install(wanted)
        print(f"{wanted}: {find(wanted)}")

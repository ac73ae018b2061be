"""Find the programs of the S3 servers, or build them once.

MinIO's archived project publishes its source only, so what is pinned here is a source version.
"""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from .cache import cache_folder, exclusive, say
from .golang import go_install


@dataclass(frozen=True, slots=True)
class Program:
    """A Go program at a pinned version.

    Args:
        name: the name of its executable.
        package: its Go package path.
        version: the module version; another one is built anew.
        build_time: how long a build usually takes on two cores, for the message.
    """

    name: str
    package: str
    version: str
    build_time: str


MINIO = Program(
    name="minio",
    package="github.com/minio/minio",
    version="v0.0.0-20260212201848-7aac2a2c5b7c",
    build_time="3 to 5 minutes",
)
VERSITYGW = Program(
    name="versitygw",
    package="github.com/versity/versitygw/cmd/versitygw",
    version="v1.8.0",
    build_time="one to two minutes",
)


def find_or_build(program: Program) -> Path:
    """Return the program from PATH, else from the user's cache folder, else build it there.

    Raises:
        ServerError: it is nowhere and cannot be built.
    """
    on_path = shutil.which(program.name)
    if on_path is not None:
        return Path(on_path).absolute()
    cached = cache_folder() / f"{program.name}-{program.version}"
    if not cached.exists():
        with exclusive(cached):
            if not cached.exists():
                _build(program, cached)
    return cached


def _build(program: Program, target: Path) -> None:
    say(
        f"building {program.name} {program.version} once; "
        f"this usually takes {program.build_time} on two cores ..."
    )
    started = time.monotonic()
    go_install(f"{program.package}@{program.version}", target)
    say(f"built {target} in {time.monotonic() - started:.0f} s")

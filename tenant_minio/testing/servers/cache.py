"""The user's cache folder, where built programs are kept, and a lock for those who build."""

from __future__ import annotations

import fcntl
import os
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def cache_folder() -> Path:
    """Return the folder for built programs of this platform; it is made if missing."""
    if sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        # https://specifications.freedesktop.org/basedir-spec: a relative path is to be ignored.
        configured = Path(os.environ.get("XDG_CACHE_HOME", ""))
        base = configured if configured.is_absolute() else Path.home() / ".cache"
    # A home folder may be shared by machines of several kinds.
    system = f"{platform.system()}-{platform.machine()}".lower()
    folder = base / "tenant_minio" / system
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold the lock of ``path`` among all processes; wait until it is free."""
    with path.with_name(f"{path.name}.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"waiting for another process to finish {path.name}")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def say(message: str) -> None:
    """Tell the person who waits what is going on."""
    print(f"tenant_minio: {message}", file=sys.stderr, flush=True)

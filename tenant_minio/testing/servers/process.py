"""Run a program that cannot outlive this process, in a temporary folder that cannot either."""

from __future__ import annotations

import atexit
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .errors import ServerError, ServerExitedError

GRACE_SECONDS = 10.0
POLL_SECONDS = 0.02
SUPERVISOR = Path(__file__).with_name("supervisor.py")

# The processes to end at exit; it also keeps them from being collected, which would end them too.
_live: set[SupervisedProcess] = set()


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A program to run.

    Args:
        argv: the program's path and its arguments.
        env: its whole environment; nothing is inherited.
        user: the (uid, gid) to run as; None keeps the present one.
        end_signal: what asks it to end.
    """

    argv: Sequence[str]
    env: Mapping[str, str] = field(repr=False)
    user: tuple[int, int] | None = None
    end_signal: signal.Signals = signal.SIGTERM


class SupervisedProcess:
    """A temporary folder, and in it one program at a time.

    A supervisor process holds both and ends them when this process dies in whatever way. A fork of
    this process cannot use it, nor does it keep the program alive.

    Args:
        base: where the folder is made; the system's temporary folder if None.
    """

    def __init__(self, base: Path | None = None) -> None:
        self._lock = threading.RLock()
        self._owner = os.getpid()
        self._requests = 0
        self._unread = b""
        self._log_start = 0
        self.pid: int | None = None
        # A session of its own: Ctrl-C must not reach the server before its users have ended.
        self._supervisor = subprocess.Popen(
            [
                *(sys.executable, "-I", "-S", str(SUPERVISOR)),
                *(str(base or tempfile.gettempdir()), str(GRACE_SECONDS)),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
        )
        _live.add(self)
        try:
            self.folder = Path(self._reply(0)["folder"])
        except BaseException:
            self.close()
            raise

    def start(self, command: Command) -> None:
        """Start the program; raise ServerError when it cannot be executed."""
        self._log_start = self._log.stat().st_size
        answer = self._ask(
            "start",
            argv=list(command.argv),
            env=dict(command.env),
            user=command.user,
            end_signal=int(command.end_signal),
        )
        self.pid = answer["pid"]

    def run(self, command: Command, *, name: str) -> None:
        """Start the program and wait for it; raise ServerExitedError when it fails."""
        self.start(command)
        while (code := self.exit_code()) is None:
            time.sleep(POLL_SECONDS)
        self.pid = None
        if code:
            raise ServerExitedError(name, code, self.log())

    def exit_code(self) -> int | None:
        """The program's exit status, or None while it runs."""
        code: int | None = self._ask("look")["code"]
        return code

    def send(self, signum: signal.Signals) -> None:
        self._ask("signal", signal=int(signum))

    def end(self, signum: signal.Signals | None = None) -> None:
        """End the program, by its own end signal if none is given, and keep the folder."""
        self._ask("end", signal=None if signum is None else int(signum), grace=GRACE_SECONDS)
        self.pid = None

    def log(self, lines: int = 20) -> str:
        """What the program wrote last, since its latest start."""
        with self._log.open("rb") as file:
            file.seek(self._log_start)
            return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])

    def close(self) -> None:
        """End the program and remove the folder; do nothing the second time or in a fork."""
        if self not in _live or self._owner != os.getpid():
            return
        # No request is sent: one may have been interrupted half-way.
        self.let_go()
        self._supervisor.wait()
        self.pid = None
        _live.discard(self)

    def let_go(self) -> None:
        """Close this process's ends of the pipes; the last one to do so ends the program."""
        for pipe in (self._supervisor.stdin, self._supervisor.stdout):
            if pipe is not None:
                pipe.close()

    @property
    def _log(self) -> Path:
        return self.folder / "log"

    def _ask(self, do: str, **request: object) -> dict[str, Any]:
        if self._owner != os.getpid():
            raise ServerError(f"this server belongs to process {self._owner}, not to its fork")
        if self not in _live:
            raise ServerError("this server has been stopped")
        with self._lock:
            self._requests += 1
            line = json.dumps({"id": self._requests, "do": do, **request}).encode() + b"\n"
            with suppress(BrokenPipeError):
                while line:
                    line = line[os.write(_fileno(self._supervisor.stdin), line) :]
            answer = self._reply(self._requests)
        if "error" in answer:
            raise ServerError(answer["error"])
        return answer

    def _reply(self, request: int) -> dict[str, Any]:
        # Answers to requests that Ctrl-C interrupted are passed over.
        while True:
            while b"\n" not in self._unread:
                received = os.read(_fileno(self._supervisor.stdout), 65536)
                if not received:
                    raise ServerError("the supervisor of a server for tests has died")
                self._unread += received
            line, _, self._unread = self._unread.partition(b"\n")
            answer: dict[str, Any] = json.loads(line)
            if answer["id"] == request:
                return answer


def _fileno(pipe: Any) -> int:
    number: int = pipe.fileno()
    return number


def _close_all() -> None:
    for process in list(_live):
        process.close()


def _let_go_in_fork() -> None:
    for process in _live:
        process.let_go()


atexit.register(_close_all)
os.register_at_fork(after_in_child=_let_go_in_fork)

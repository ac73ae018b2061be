"""Hold one server process, and end it when the process that asked for it is gone.

This file is run as a script, by path, and so imports the standard library only. Its standard
input is the lifeline: the read end of a pipe whose write end only the asking process has. The
kernel closes that end however the process dies, SIGKILL included; then the server is ended and the
temporary folder, which is made here so that nobody else can leave it behind, is removed.

Requests come as JSON lines on standard input, each is answered by one JSON line on standard output.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

LIFELINE = 0
REPLIES = 1
# A lifeline can be copied by a fork that Python does not see; so the parent is looked at as well.
PARENT_CHECK_SECONDS = 0.5


class Supervisor:
    """One child at a time, in a process group of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.parent = os.getppid()
        self.child: subprocess.Popen[bytes] | None = None
        self.code: int | None = None
        self.end_signal = signal.SIGTERM
        self.told_to_end = False

    def serve(self) -> None:
        """Answer requests until the lifeline closes, the parent is gone or SIGTERM arrives."""
        unread = b""
        while not self.told_to_end and os.getppid() == self.parent:
            self.sweep()
            if not select.select([LIFELINE], [], [], PARENT_CHECK_SECONDS)[0]:
                continue
            received = os.read(LIFELINE, 65536)
            if not received:
                return
            *lines, unread = (unread + received).split(b"\n")
            for line in lines:
                request = json.loads(line)
                reply({"id": request["id"], **self.answer(request)})

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        self.sweep()
        match request["do"]:
            case "start":
                return self.start(request)
            case "signal" if self.child is None:
                return {"error": f"it is not running (status {self.code})"}
            case "signal":
                self.send(request["signal"])
                if request["signal"] == signal.SIGSTOP:
                    self.wait_until_paused()
            case "end":
                self.end(request["signal"] or self.end_signal, request["grace"])
        return {"code": self.code}

    def start(self, request: dict[str, Any]) -> dict[str, Any]:
        user, group = request["user"] or (None, None)
        self.end_signal = signal.Signals(request["end_signal"])
        try:
            with (self.folder / "log").open("ab") as log:
                self.child = subprocess.Popen(
                    request["argv"],
                    env=request["env"],
                    cwd=self.folder,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                    user=user,
                    group=group,
                    extra_groups=None if user is None else [],
                )
        except (OSError, subprocess.SubprocessError) as error:
            return {"error": str(error)}
        self.code = None
        return {"pid": self.child.pid}

    def send(self, signum: int) -> None:
        # macOS answers EPERM for a group of which only a zombie is left.
        with suppress(ProcessLookupError, PermissionError):
            if self.child is not None:
                os.killpg(self.child.pid, signum)

    def wait_until_paused(self) -> None:
        """A signal is delivered some time after it was sent: answers could still come out."""
        # Bounded, since the kernel reports a stop once: a second pause would wait for ever.
        for _ in range(200):
            if self.child is None:
                return
            pid, status = os.waitpid(self.child.pid, os.WUNTRACED | os.WNOHANG)
            if pid and not os.WIFSTOPPED(status):
                self.child.returncode = os.waitstatus_to_exitcode(status)
            if pid:
                return
            time.sleep(0.005)

    def sweep(self) -> None:
        """Note that the child has ended, and kill what it left in its group.

        Done at once and once only: later the number may be another process's.
        """
        if self.child is not None and self.child.poll() is not None:
            self.code = self.child.returncode
            self.send(signal.SIGKILL)
            self.child = None

    def end(self, signum: int, grace: float) -> None:
        """Signal the child and wait; kill it after ``grace`` seconds."""
        if self.child is None:
            return
        self.send(signum)
        self.send(signal.SIGCONT)
        try:
            self.child.wait(grace)
        except subprocess.TimeoutExpired:
            self.send(signal.SIGKILL)
            self.child.wait()
        self.sweep()


def reply(message: dict[str, Any]) -> None:
    os.write(REPLIES, json.dumps(message).encode() + b"\n")


def remove(folder: Path) -> None:
    # A process that was killed a moment ago may still be writing.
    for _ in range(20):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.1)


def main(base: str, grace: str) -> None:
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    supervisor = Supervisor(Path(tempfile.mkdtemp(prefix="tenant-minio-", dir=base)))

    def end(*_: object) -> None:
        supervisor.told_to_end = True

    for signum in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(signum, end)
    try:
        # Nobody's pipe or folder is to be held open by a process they do not know of.
        os.chdir("/")
        with (supervisor.folder / "log").open("ab") as log:
            os.dup2(log.fileno(), sys.stderr.fileno())
        with suppress(BrokenPipeError):
            reply({"id": 0, "folder": str(supervisor.folder)})
            supervisor.serve()
    finally:
        supervisor.sweep()
        supervisor.end(supervisor.end_signal, float(grace))
        remove(supervisor.folder)


if __name__ == "__main__":
    main(*sys.argv[1:])

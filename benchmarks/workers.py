"""A contestant's process, seen from here."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryFile
from threading import Timer
from types import TracebackType
from typing import Any, Self

from benchmarks.contestants.ground import Ground

_FOLDER = Path(__file__).parent
# Far above what any of them needs: 100 MiB with a checksum in plain Python take 15 s.
_PATIENCE_SECONDS = 300.0


class WorkerError(Exception):
    """A contestant could not do what it was asked; the message holds its traceback."""


class Worker:
    """A contestant in a fresh process. Leaving it as a context manager ends the process.

    Args:
        name: of the contestant, for messages.
        command: what starts it.
        ground: what it is told first. Its keys go through a pipe, since everybody on the machine
            may read arguments.
    """

    def __init__(self, name: str, command: Sequence[str], ground: Ground) -> None:
        self.name = name
        self._errors = TemporaryFile()  # noqa: SIM115 -- closed with the process
        self._process = subprocess.Popen(
            command,
            cwd=_FOLDER,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )
        self._send(asdict(ground))

    def ask(self, method: str, **arguments: Any) -> Any:
        """The answer of a method of ``contestants.measures.Measures``.

        Raises:
            WorkerError: it raised, it ended, or it took longer than anybody may.
        """
        timer = Timer(_PATIENCE_SECONDS, self._process.kill)
        timer.start()
        try:
            self._send({"ask": method, "with": arguments})
            assert self._process.stdout is not None
            line = self._process.stdout.readline()
        finally:
            timer.cancel()
        if not line:
            raise WorkerError(f"{self.name} ended, or was ended, in {method}:\n{self._said()}")
        answer = json.loads(line)
        if "error" in answer:
            raise WorkerError(f"{self.name} failed in {method}:\n{answer['error']}")
        return answer["answer"]

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        self._errors.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _send(self, message: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        # Where it has ended already, the missing answer tells.
        with suppress(OSError):
            self._process.stdin.write(json.dumps(message) + "\n")
            self._process.stdin.flush()

    def _said(self) -> str:
        self._errors.seek(0)
        return self._errors.read().decode(errors="replace")

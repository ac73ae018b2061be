"""A server that runs on this machine for as long as this process does."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from pathlib import Path

from .errors import ServerError, ServerExitedError
from .ports import free_port
from .process import POLL_SECONDS, Command, SupervisedProcess

READY_SECONDS = 60.0
PORT_ATTEMPTS = 10


class LocalServer:
    """One server program on a port of 127.0.0.1, started and ready.

    Args:
        name: what it is, for messages.
        process: the folder and supervisor to use; closed here when starting fails.
        command: gives the command for a port.
        is_ready: says whether this very server, and no other on the same port, answers.

    Raises:
        ServerExitedError: it ended before it was ready.
        ServerError: it was not ready in time.
    """

    def __init__(
        self,
        name: str,
        process: SupervisedProcess,
        command: Callable[[int], Command],
        is_ready: Callable[[int], bool],
    ) -> None:
        self.name = name
        self.process = process
        self._command = command
        self._is_ready = is_ready
        try:
            self.port = self._start_on_free_port()
        except BaseException:
            process.close()
            raise

    @property
    def pid(self) -> int | None:
        return self.process.pid

    @property
    def folder(self) -> Path:
        return self.process.folder

    def stop(self) -> None:
        self.process.close()

    def kill(self) -> None:
        self.process.end(signal.SIGKILL)

    def pause(self) -> None:
        self.process.send(signal.SIGSTOP)

    def resume(self) -> None:
        self.process.send(signal.SIGCONT)

    def restart(self) -> None:
        self.process.end()
        self._start(self.port)

    def _start_on_free_port(self) -> int:
        for attempt in range(PORT_ATTEMPTS):
            port = free_port()
            try:
                self._start(port)
            except ServerExitedError as error:
                # MinIO, VersityGW and PostgreSQL all say so when another took the port meanwhile.
                if "already in use" not in error.log or attempt == PORT_ATTEMPTS - 1:
                    raise
            else:
                return port
        raise AssertionError("unreachable")

    def _start(self, port: int) -> None:
        self.process.start(self._command(port))
        deadline = time.monotonic() + READY_SECONDS
        while not self._is_ready(port):
            code = self.process.exit_code()
            if code is not None:
                self.process.end()
                raise ServerExitedError(self.name, code, self.process.log())
            if time.monotonic() > deadline:
                raise ServerError(
                    f"{self.name} was not ready within {READY_SECONDS:.0f} s. "
                    f"Its last log lines:\n{self.process.log()}"
                )
            time.sleep(POLL_SECONDS)

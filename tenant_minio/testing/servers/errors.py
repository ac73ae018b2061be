"""What goes wrong when a server for tests is found, built, started or steered."""

from __future__ import annotations


class ServerError(RuntimeError):
    """A server could not be found, built, started or reached."""


class ServerExitedError(ServerError):
    """A process ended before it was ready.

    Args:
        name: what was started, for the message.
        code: its exit status; negative for the number of the signal that ended it.
        log: the last lines it wrote.
    """

    def __init__(self, name: str, code: int, log: str) -> None:
        super().__init__(f"{name} ended with status {code}. Its last log lines:\n{log}")
        self.log = log


class ExternalServerError(ServerError):
    """A server named by the environment was told to stop, pause or restart."""

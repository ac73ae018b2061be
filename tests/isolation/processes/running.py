"""Start programs beside the tests, which end with them in whatever way."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tenant_minio.testing.servers.process import Command, SupervisedProcess

ROOT = Path(__file__).parents[3]
START_SECONDS = 60


@dataclass
class Aside:
    """What programs are told, and what they have asked the clusters for.

    Args:
        folder: where they write.
        clusters: the options of the storages ``one`` and ``two``.
        tenant_minio, database: their settings.
        broker: the URL through which tasks are sent.
    module: of their settings.
    """

    folder: Path
    clusters: Mapping[str, Mapping[str, Any]]
    tenant_minio: Mapping[str, Any]
    database: Mapping[str, Any] | None = None
    broker: str | None = None
    module: str = "tests.isolation.processes.settings"
    _read: int = 0

    def environment(self) -> dict[str, str]:
        told = {
            **self.clusters,
            "sent": str(self.folder / "sent"),
            "database": self.database,
            "tenant_minio": self.tenant_minio,
            "folder": str(self.folder),
            "broker": self.broker,
        }
        return {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "DJANGO_SETTINGS_MODULE": self.module,
            "ISOLATION": json.dumps(told, default=str),
        }

    def new_labels(self) -> list[str]:
        """The labels of all requests that were answered since this was asked last."""
        path = self.folder / "sent"
        lines = path.read_text().splitlines() if path.exists() else []
        new, self._read = lines[self._read :], len(lines)
        return new

    def _command(self, *program: str) -> Command:
        return Command(argv=[sys.executable, *program], env=self.environment())

    def run(self, *program: str) -> None:
        """Run a Python program to its end, and fail where it does."""
        process = SupervisedProcess()
        try:
            process.run(self._command(*program), name=" ".join(program))
        finally:
            process.close()

    @contextmanager
    def running(self, *program: str, ready: Callable[[], bool]) -> Iterator[None]:
        """A Python program, from when it is ready until the block ends."""
        process = SupervisedProcess()
        try:
            process.start(self._command(*program))
            deadline = time.monotonic() + START_SECONDS
            while not ready():
                assert process.exit_code() is None, f"it has ended:\n{process.log()}"
                assert time.monotonic() < deadline, f"it does not begin:\n{process.log()}"
                time.sleep(0.02)
            yield
        finally:
            process.close()

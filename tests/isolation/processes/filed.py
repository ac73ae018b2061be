"""Labels of other processes, which write them down for the judge to wait for."""

from __future__ import annotations

import os
from pathlib import Path

from tests.isolation.labels import Labels


class _Written:
    """Takes labels as a set does, into a file that many processes share."""

    def __init__(self, path: str) -> None:
        self.path = path

    def add(self, agent: str) -> None:
        with Path(self.path).open("a") as file:  # short and in one piece, so none is torn
            file.write(f"{agent}\n")


class FiledLabels(Labels):
    """Labels that no other process gives out."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.sent = _Written(path)  # type: ignore[assignment]  # all that it is asked for here

    def number(self) -> str:
        return f"{os.getpid()}-{super().number()}"

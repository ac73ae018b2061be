"""Contestants that need no server: ``python toys.py NAME``."""

from __future__ import annotations

import os
import sys

from benchmarks.contestants.protocol import serve


class Toy:
    """Answers at once, fails when told to, and talks out of turn."""

    def echo(self, value: object) -> object:
        print("this is not an answer")
        return value

    def fail(self) -> None:
        raise ValueError("as it was told to")

    def end(self) -> None:
        print("why it ended", file=sys.stderr, flush=True)
        os._exit(3)


if __name__ == "__main__":
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    sys.stdin.readline()
    serve(Toy(), sys.stdin, answers)

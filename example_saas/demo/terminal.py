"""What the demo writes: steps with their times, a table, and the findings of the proof."""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO

from example_saas.demo.observation import Observation

BOLD, DIM, RED, GREEN = "1", "2", "31", "32"


class Terminal:
    """Writes to ``stream``; in colours on a terminal whose user has not set NO_COLOR."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._colours = (
            stream.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
        )
        self._yes, self._no = "✓", "✗"
        try:
            "✓✗".encode(stream.encoding)
        except UnicodeEncodeError:
            self._yes, self._no = "ok", "FAILED"

    def line(self, text: str = "", style: str = "") -> None:
        print(self._styled(text, style), file=self._stream, flush=True)

    def heading(self, text: str) -> None:
        self.line()
        self.line(text, BOLD)

    @contextmanager
    def step(self, text: str) -> Iterator[None]:
        """Says what is being done, and when it is done how long it took."""
        print(f"  {text} ".ljust(62, "."), end=" ", file=self._stream, flush=True)
        start = time.monotonic()
        try:
            yield
        except BaseException:
            self.line()
            raise
        self.line(f"{time.monotonic() - start:5.1f} s", DIM)

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]], right: set[int]) -> None:
        """Writes rows under a head; the columns of ``right`` are aligned to the right."""
        widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]

        def cells(row: Sequence[str]) -> str:
            padded = (
                cell.rjust(width) if column in right else cell.ljust(width)
                for column, (cell, width) in enumerate(zip(row, widths, strict=True))
            )
            return ("  " + "  ".join(padded)).rstrip()

        self.line(cells(head), DIM)
        for row in rows:
            self.line(cells(row))

    def observations(self, title: str, observations: Sequence[Observation]) -> None:
        """Writes one part of the proof, what has to work beside what has to fail."""
        self.heading(title)
        width = max(len(observation.what) for observation in observations)
        for observation in observations:
            mark = self._styled(self._yes, GREEN) if observation.ok else self._styled(self._no, RED)
            role = "works  " if observation.control else "refused"
            text = f"  {mark} {self._styled(role, DIM)}  {observation.what.ljust(width)}  "
            self.line(text + observation.seen)
            if not observation.ok:
                self.line(f"      expected: {observation.wanted}", RED)

    def verdict(self, text: str, *, good: bool) -> None:
        self.heading(
            self._styled(f"{self._yes if good else self._no} {text}", GREEN if good else RED)
        )

    def _styled(self, text: str, style: str) -> str:
        return f"\033[{style}m{text}\033[0m" if style and text and self._colours else text

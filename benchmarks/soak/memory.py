"""The memory of other processes, as Linux counts it."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from statistics import median

_PAGES = 1024  # the kernel counts in KiB


class Memory:
    """Looks every second how much each process has in memory, until ``over`` is set.

    Elsewhere than on Linux it sees nothing.

    Args:
        processes: their ids; more may come.
        over: when to end.
    """

    def __init__(self, processes: Iterable[int], over: threading.Event) -> None:
        self._processes = processes
        self._over = over
        self.seen: dict[int, list[float]] = {}
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while not self._over.wait(1):
            for process in list(self._processes):
                with suppress(OSError):
                    self.seen.setdefault(process, []).append(_resident(process))

    def report(self) -> dict[str, dict[str, float]]:
        """MiB of each process: at the first look and at the last, and the median of each third.

        The first third is growth: all that is imported and opened at first use. What grows from
        the second to the last leaks.
        """
        self._thread.join()
        found = {}
        for process, looks in sorted(self.seen.items()):
            third = max(1, len(looks) // 3)
            medians = (median(looks[:third]), median(looks[third:-third] or looks))
            found[str(process)] = {
                "first": round(looks[0], 1),
                "first third": round(medians[0], 1),
                "second third": round(medians[1], 1),
                "last third": round(median(looks[-third:]), 1),
                "last": round(looks[-1], 1),
            }
        return found


def _resident(process: int) -> float:
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / _PAGES
    raise OSError(f"process {process} has no memory any more")

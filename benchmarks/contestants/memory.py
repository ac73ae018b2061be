"""The memory of this process, as Linux counts it."""

from __future__ import annotations

import gc
from contextlib import suppress
from pathlib import Path

_PROCESS = Path("/proc/self")
_UNIT = 1024  # the kernel counts in KiB, the table in MiB


def resident() -> float:
    """MiB in memory now."""
    return _status("VmRSS")


def start_of_growth() -> float:
    """MiB in memory now, from where the peak counts anew.

    Where the kernel does not let the peak be reset (proc(5), clear_refs), a peak before this
    counts as growth: the answer is too high then, never too low.
    """
    gc.collect()
    with suppress(OSError):
        (_PROCESS / "clear_refs").write_text("5")
    return resident()


def peak() -> float:
    """The most MiB that were in memory at once."""
    return _status("VmHWM")


def _status(name: str) -> float:
    for line in (_PROCESS / "status").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) / _UNIT
    raise RuntimeError(f"/proc/self/status has no {name}: memory is measured on Linux only.")

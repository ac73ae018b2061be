"""The memory of processes, as Linux counts it."""

from __future__ import annotations

import gc
from contextlib import suppress
from pathlib import Path

_SELF = Path("/proc/self")
_UNIT = 1024  # the kernel counts in KiB, the table in MiB


def resident() -> float:
    """MiB of this process in memory now."""
    return _status(_SELF, "VmRSS")


def start_of_growth() -> float:
    """MiB of this process in memory now, from where the peak counts anew."""
    gc.collect()
    return _reset(_SELF)


def peak() -> float:
    """The most MiB of this process that were in memory at once."""
    return _status(_SELF, "VmHWM")


class Growth:
    """How much other processes grow from now on, together.

    Args:
        pids: theirs.
    """

    def __init__(self, *pids: int) -> None:
        self._began = {process: _reset(process) for process in map(_of, pids)}

    def mib(self) -> float:
        """From what they held when it began to the most that each has held since."""
        return sum(_status(process, "VmHWM") - at for process, at in self._began.items())


def _of(pid: int) -> Path:
    return Path(f"/proc/{pid}")


def _reset(process: Path) -> float:
    """MiB in memory now, from where the peak counts anew.

    Where the kernel does not let the peak be reset (proc(5), clear_refs), a peak before this
    counts as growth: the answer is too high then, never too low.
    """
    with suppress(OSError):
        (process / "clear_refs").write_text("5")
    return _status(process, "VmRSS")


def _status(process: Path, name: str) -> float:
    for line in (process / "status").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) / _UNIT
    raise RuntimeError(f"{process}/status has no {name}: memory is measured on Linux only.")

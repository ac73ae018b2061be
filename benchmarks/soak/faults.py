"""What befalls the clusters, one thing after the other."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import cycle

from benchmarks.soak.proxy import ResettingProxy
from tenant_minio.testing.servers import S3Server

EVERY_SECONDS = 5.0
_DOWN_SECONDS = 1.0
_STOPPED_SECONDS = 2.0
_RESET_SECONDS = 1.5


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that begins, lasts, and is over.

    Args:
        name: for people.
        seconds: how long it lasts.
        begin, end: do it, and undo it.
    """

    name: str
    seconds: float
    begin: Callable[[], None]
    end: Callable[[], None]


def faults(eu: S3Server, us: S3Server, before_us: ResettingProxy) -> list[Fault]:
    """Each kind on each cluster; resets on the one that stands behind a proxy."""
    return [
        Fault("us killed", _DOWN_SECONDS, us.kill, us.restart),
        Fault("eu stopped", _STOPPED_SECONDS, eu.pause, eu.resume),
        Fault("us reset", _RESET_SECONDS, before_us.begin_resets, before_us.end_resets),
        Fault("eu killed", _DOWN_SECONDS, eu.kill, eu.restart),
        Fault("us stopped", _STOPPED_SECONDS, us.pause, us.resume),
    ]


def befall(all_faults: list[Fault], seconds: float, over: threading.Event) -> Iterator[str]:
    """One fault every 5 s, for so many seconds in all; the name of each when it has ended.

    All is well again at the end, whatever comes. ``over`` is set when the time is up.
    """
    start = time.monotonic()
    try:
        for number, fault in enumerate(cycle(all_faults)):
            begins = start + number * EVERY_SECONDS + 1
            if begins + fault.seconds > start + seconds:
                break
            time.sleep(max(0.0, begins - time.monotonic()))
            fault.begin()
            try:
                time.sleep(fault.seconds)
            finally:
                fault.end()
            yield fault.name
        time.sleep(max(0.0, start + seconds - time.monotonic()))
    finally:
        over.set()

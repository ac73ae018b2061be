"""What befalls the clusters, one thing after the other."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import cycle

from benchmarks.soak.proxy import ResettingProxy
from benchmarks.soak.traffic import Suffered, Traffic
from benchmarks.soak.verdict import BACK
from tenant_minio.testing.servers import S3Server

EVERY_SECONDS = 5.0
_DOWN_SECONDS = 1.0
_STOPPED_SECONDS = 2.0
_RESET_SECONDS = 1.5
# A cluster that has just come back is tried again within a second.
_BACK_SECONDS = 30.0
_LOOK_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that begins, lasts, and is over.

    Args:
        name: for people.
        cluster: which one suffers.
        seconds: how long it lasts.
        begin, end: do it, and undo it.
    """

    name: str
    cluster: str
    seconds: float
    begin: Callable[[], None]
    end: Callable[[], None]


def faults(eu: S3Server, us: S3Server, before_us: ResettingProxy) -> list[Fault]:
    """Each kind on each cluster; resets on the one that stands behind a proxy."""
    return [
        Fault("us killed", "us", _DOWN_SECONDS, us.kill, us.restart),
        Fault("eu stopped", "eu", _STOPPED_SECONDS, eu.pause, eu.resume),
        Fault("us reset", "us", _RESET_SECONDS, before_us.begin_resets, before_us.end_resets),
        Fault("eu killed", "eu", _DOWN_SECONDS, eu.kill, eu.restart),
        Fault("us stopped", "us", _STOPPED_SECONDS, us.pause, us.resume),
    ]


def befall(
    all_faults: list[Fault], seconds: float, traffic: Traffic, over: threading.Event
) -> Iterator[Suffered]:
    """One fault every 5 s, for so many seconds in all; each when it is over and the cluster back.

    A short run has them closer together, and goes on until all have come.
    All is well again at the end, whatever comes. ``over`` is set when the time is up.
    """
    start = time.monotonic()
    every = min(EVERY_SECONDS, seconds / len(all_faults))
    try:
        for number, fault in enumerate(cycle(all_faults)):
            begins = start + number * every + 1
            if number >= len(all_faults) and begins + fault.seconds > start + seconds:
                break
            time.sleep(max(0.0, begins - time.monotonic()))
            began = time.monotonic()
            fault.begin()
            try:
                time.sleep(fault.seconds)
            finally:
                fault.end()
            ended = time.monotonic()
            while traffic.done(fault.cluster, ended) < BACK:
                if time.monotonic() > ended + _BACK_SECONDS:
                    break
                time.sleep(_LOOK_SECONDS)
            yield Suffered(fault.name, fault.cluster, began, ended)
        time.sleep(max(0.0, start + seconds - time.monotonic()))
    finally:
        over.set()

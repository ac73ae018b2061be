"""What is wrong with a run, beside its files: the ledger judges these.

The floors are counts that a slow machine reaches, which does other work meanwhile; here a run does
some 140 operations a second on each cluster.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from statistics import median

from benchmarks.soak.traffic import SHARES, Asked, Suffered

# Done in a second on each cluster, of all kinds together.
_RATE = 2
# A fault is felt a little longer than it lasts, by whom it has caught.
_AFTER_SECONDS = 3.0
# Operations that a cluster must have done before it is said to be back.
BACK = 10
# So many that their share says something.
_MANY = 50
_WRITES = {"save", "save in parts"}
# A worker's memory, from the second third of a run to the last.
_FLAT_SECONDS = 60
_FLAT_RATIO, _FLAT_MIB = 1.15, 8
# From first to last in a short run, the median of the workers: a large body leaves one of them with
# more for a while, a leak all of them.
_START_MIB = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What is to be judged.

    Args:
        asked: all operations.
        suffered: the faults that came, one after the other.
        planned: the names of those that should.
        clusters: by alias.
        seconds: of traffic.
        memory: MiB of each process, as :class:`~benchmarks.soak.memory.Memory` tells it.
        workers: how many processes that should be.
    """

    asked: Sequence[Asked]
    suffered: Sequence[Suffered]
    planned: Collection[str]
    clusters: Collection[str]
    seconds: float
    memory: Mapping[str, Mapping[str, float]]
    workers: int


def accusations(run: Run) -> list[str]:
    """All that is wrong, what is wrong with the run as a whole first."""
    return [
        *misfaulted(run.asked, run.suffered, run.planned, run.clusters),
        *starved(run.asked, run.clusters, run.seconds),
        *unwell(run.asked, run.suffered, run.clusters),
        *grown(run.memory, run.seconds, run.workers),
        *unexplained(run.asked, run.suffered),
    ]


def starved(asked: Iterable[Asked], clusters: Iterable[str], seconds: float) -> list[str]:
    """Which operations were done so seldom on a cluster that nothing is shown by them."""
    done: dict[tuple[str, str], int] = {}
    for one in asked:
        if one.well:
            done[one.cluster, one.what] = done.get((one.cluster, one.what), 0) + 1
    return [
        f"{what}: done {count} times on {cluster}, and {floor} are the least"
        for cluster in clusters
        for what, share in SHARES.items()
        if (count := done.get((cluster, what), 0))
        < (floor := max(1, int(seconds * _RATE * share / 100)))
    ]


def unexplained(asked: Iterable[Asked], faults: Sequence[Suffered]) -> list[str]:
    """What ended as no fault of its cluster explains."""
    return [
        f"{one.what} on {one.cluster} ended with {one.outcome}, status {one.status}, "
        f"after {one.ended - one.began:.1f} s"
        for one in asked
        if not one.well and not _is_explained(one, faults)
    ]


def _is_explained(asked: Asked, faults: Iterable[Suffered]) -> bool:
    near = any(
        fault.cluster == asked.cluster
        and fault.began <= asked.ended <= fault.ended + _AFTER_SECONDS
        for fault in faults
    )
    if asked.what == "url":  # asks nobody
        return False
    if asked.what == "url, fetch":  # of the cluster itself
        return near and asked.status in {0, HTTPStatus.SERVICE_UNAVAILABLE}
    if asked.status == 0:  # an answer that has begun breaks off with the cluster
        return near and asked.what == "read"
    if asked.status == HTTPStatus.GATEWAY_TIMEOUT:
        return asked.what in _WRITES
    # The site's limits are short: it may also give up a cluster on a machine that is busy.
    return asked.status == HTTPStatus.SERVICE_UNAVAILABLE


def unwell(
    asked: Sequence[Asked], faults: Sequence[Suffered], clusters: Iterable[str]
) -> list[str]:
    """Which clusters failed more often than not, with no fault about."""
    wrong = []
    for cluster in clusters:
        own = [fault for fault in faults if fault.cluster == cluster]
        calm = [
            one.well
            for one in asked
            if one.cluster == cluster
            and not any(
                fault.began <= one.ended and one.began <= fault.ended + _AFTER_SECONDS
                for fault in own
            )
        ]
        if len(calm) >= _MANY and sum(calm) * 2 < len(calm):
            wrong.append(f"{cluster} failed {len(calm) - sum(calm)} of {len(calm)} without a fault")
    return wrong


def misfaulted(
    asked: Sequence[Asked],
    faults: Sequence[Suffered],
    names: Iterable[str],
    clusters: Collection[str],
) -> list[str]:
    """Which faults did not come, were not felt, spread to another cluster, or did not end."""
    came = {fault.name for fault in faults}
    wrong = [f"{name} never came" for name in names if name not in came]
    for fault in faults:
        until = min(
            (other.began for other in faults if _follows(other, fault)),
            default=float("inf"),
        )
        own = [one for one in asked if one.cluster == fault.cluster]
        late = fault.ended + _AFTER_SECONDS
        if all(one.well for one in own if fault.began <= one.ended <= late):
            wrong.append(f"{fault.name}: nobody felt it")
        back = sum(one.well and one.began >= fault.ended and one.ended <= until for one in own)
        if back < BACK:
            wrong.append(f"{fault.name}: {fault.cluster} did {back} operations when it was over")
        wrong += [
            f"{fault.name}: {other} did nothing meanwhile"
            for other in clusters
            if other != fault.cluster
            and not any(
                one.well and one.cluster == other and fault.began <= one.ended <= fault.ended
                for one in asked
            )
        ]
    return wrong


def _follows(other: Suffered, fault: Suffered) -> bool:
    return other.cluster == fault.cluster and other.began > fault.began


def grown(memory: Mapping[str, Mapping[str, float]], seconds: float, processes: int) -> list[str]:
    """Which workers gained memory as a leak does. A run of under a minute is mostly start."""
    wrong = []
    if len(memory) < processes:
        wrong.append(f"the memory of {len(memory)} workers was seen, and not of {processes}")
    if memory and seconds < _FLAT_SECONDS:
        gained = median(seen["last third"] - seen["first"] for seen in memory.values())
        if gained > _START_MIB:
            wrong.append(f"the workers gained {gained:.1f} MiB since they were first looked at")
        return wrong
    return wrong + [
        f"worker {process} grew from {seen['second third']} to {seen['last third']} MiB"
        for process, seen in memory.items()
        if seen["last third"] > seen["second third"] * _FLAT_RATIO + _FLAT_MIB
    ]

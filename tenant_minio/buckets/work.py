"""Many pieces of work at a time, bounded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TypeVar

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")
# Called with how many are done, and of how many.
Progress = Callable[[int, int], None]


def ignore(_done: int, _total: int) -> None:
    """Nobody watches."""


def work_through(
    items: Sequence[_Item],
    work: Callable[[_Item], _Result],
    *,
    workers: int,
    progress: Progress,
) -> list[_Result]:
    """The results of ``work``, in the order of ``items``.

    Args:
        items: what there is to do.
        work: does one of them, in a thread.
        workers: how many at a time.
        progress: called with how many are done, and of how many.
    """
    results: dict[int, _Result] = {}
    with ThreadPoolExecutor(max(1, workers)) as pool:
        futures = {pool.submit(work, item): number for number, item in enumerate(items)}
        for future in as_completed(futures):
            results[futures[future]] = future.result()
            progress(len(results), len(items))
    return [results[number] for number in sorted(results)]

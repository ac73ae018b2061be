"""What can be measured of a contestant, in its own process. Times are in seconds."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from importlib.metadata import distributions
from os import urandom
from time import perf_counter
from typing import Any

from .base import Contestant
from .memory import peak, start_of_growth

_SMALL = 10 * 1024


class WrongResultError(Exception):
    """The contestant did something else than it was asked for; its time says nothing."""


class Measures:
    """Each public method may be asked for, by name; arguments and answers are JSON.

    Args:
        contestant: what is measured.
        threads: how many save at once in ``rate``.
    """

    def __init__(self, contestant: Contestant, *, threads: int = 16) -> None:
        self._contestant = contestant
        self._threads = threads
        # The same for each save: making it is no part of the work.
        self._data = urandom(_SMALL)

    def versions(self) -> dict[str, str]:
        """Everything that is installed here."""
        return {item.metadata["Name"]: item.version for item in distributions()}

    def each(self, operation: str, names: list[str]) -> list[float]:
        """The time of an operation on each of the names, one after the other."""
        do = self._operations[operation]
        found = []
        with self._contestant.entered():
            for name in names:
                start = perf_counter()
                do(name)
                found.append(perf_counter() - start)
        return found

    def mean(self, operation: str, names: list[str]) -> float:
        """The time of one of many operations that are too short to be timed alone."""
        do = self._operations[operation]
        with self._contestant.entered():
            start = perf_counter()
            for name in names:
                do(name)
            return (perf_counter() - start) / len(names)

    def page(self, names: list[str]) -> float:
        """The time of one of the URLs that a page of them takes. For tenant_minio alone."""
        urls: Callable[[list[str]], list[str]] = self._contestant.urls  # type: ignore[attr-defined]  # tenant_minio's alone
        with self._contestant.entered():
            start = perf_counter()
            urls(names)
            return (perf_counter() - start) / len(names)

    def rate(self, names: list[str]) -> float:
        """How many small files a second are saved by threads that live on, as a server's do."""
        shares = [names[number :: self._threads] for number in range(self._threads)]

        def save(share: list[str]) -> None:
            with self._contestant.entered():
                for name in share:
                    self._contestant.save(name, self._data)

        start = perf_counter()
        list(self._pool.map(save, shares))
        return len(names) / (perf_counter() - start)

    def save_path(self, name: str, path: str) -> dict[str, float]:
        """Time and MiB of growth when a file of the disk is saved."""
        with self._contestant.entered():
            return _observe(lambda: self._contestant.save_path(name, path))

    def read(self, name: str, piece: int, expected: int) -> dict[str, float]:
        """Time and MiB of growth when ``expected`` bytes are read in pieces."""
        with self._contestant.entered():
            return _observe(lambda: _require(self._contestant.read(name, piece), expected))

    def first(self, name: str, length: int, times: int) -> list[float]:
        """The time of reading the first bytes only, again and again."""
        found = []
        with self._contestant.entered():
            for _ in range(times):
                start = perf_counter()
                _require(self._contestant.first(name, length), length)
                found.append(perf_counter() - start)
        return found

    def listdir(self, folders: int, files: int, times: int) -> list[float]:
        """The time of listing the root, again and again."""
        found = []
        with self._contestant.entered():
            for _ in range(times):
                start = perf_counter()
                _require(self._contestant.listdir(), (folders, files))
                found.append(perf_counter() - start)
        return found

    def collectstatic(self) -> float:
        """The time of one run."""
        start = perf_counter()
        self._contestant.collectstatic()
        return perf_counter() - start

    def answer(self, name: str) -> dict[str, Any]:
        """How long ``exists`` holds its caller, and what it says: a value, or an error's type."""
        start = perf_counter()
        with self._contestant.entered():
            try:
                said = str(self._contestant.exists(name))
            except Exception as error:  # noqa: BLE001 -- whatever it raises is the answer
                said = f"raises {type(error).__name__}"
        return {"s": perf_counter() - start, "said": said}

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self._threads)

    @cached_property
    def _operations(self) -> dict[str, Callable[[str], object]]:
        contestant = self._contestant
        return {
            "save": lambda name: contestant.save(name, self._data),
            "exists": lambda name: _require(contestant.exists(name), True),  # noqa: FBT003 -- the answer that is right
            "missing": lambda name: _require(contestant.exists(name), False),  # noqa: FBT003 -- the answer that is right
            "size": lambda name: _require(contestant.size(name), _SMALL),
            "delete": contestant.delete,
            "url": contestant.url,
        }


def _observe(do: Callable[[], object]) -> dict[str, float]:
    base = start_of_growth()
    start = perf_counter()
    do()
    return {"s": perf_counter() - start, "MiB": peak() - base}


def _require(found: object, expected: object) -> None:
    if found != expected:
        raise WrongResultError(f"{found} instead of {expected}")

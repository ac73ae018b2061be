"""What the tenants of a living cluster feel of one that is dead, in a process that serves both."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import count
from os import urandom
from statistics import median
from time import perf_counter
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import storages

from benchmarks.bench import TENANT, Bench
from benchmarks.rows import OURS, Row, Sample, Target
from tenant_minio import use_tenant
from tenant_minio.exceptions import BackendUnavailableError, CircuitOpenError

_THREADS = 8
_CLIENTS = 4
_PAUSE_SECONDS = 1 / 50
_ROUND_SECONDS = 2.0
_REFUSALS = 200
_WELL = "well"
# The other tenants' cluster, by what has become of it, and the storage that leads there.
_NEIGHBOURS = {
    _WELL: "default",
    "refuses": "refused_neighbour",
    "hangs": "hung_neighbour",
}
_KEPT = 0.75
_REFUSED = Target(limit=5.0)


def measure(bench: Bench) -> Iterator[Row]:
    """Operations a second beside each neighbour, in turns; milliseconds to a refusal."""
    data, numbers = urandom(10 * 1024), count()

    def serve() -> None:
        with use_tenant(TENANT):
            name = storages["default"].save(f"living-{next(numbers)}", ContentFile(data))
            with storages["default"].open(name) as file:
                file.read()

    def ask(storage: str) -> None:
        with use_tenant("neighbour"), suppress(BackendUnavailableError):
            storages[storage].exists("docs/plan.pdf")

    rates: dict[str, list[float]] = {label: [] for label in _NEIGHBOURS}
    with ThreadPoolExecutor(_THREADS) as server:
        _round(server, serve, lambda: ask("default"))
        for number in range(bench.field.rounds):
            labels = list(_NEIGHBOURS)
            # Each time another begins.
            for label in labels[number % len(labels) :] + labels[: number % len(labels)]:
                storage = _NEIGHBOURS[label]
                rates[label].append(_round(server, serve, lambda storage=storage: ask(storage)))
    for label, found in rates.items():
        beside = None if label == _WELL else Target(limit=round(_KEPT * median(rates[_WELL]), 1))
        yield _row(f"rate beside a cluster that {_is(label)}", "/s", found, beside)
    for label in ("refuses", "hangs"):
        refusals = [_refusal(storages[_NEIGHBOURS[label]]) for _ in range(bench.field.rounds)]
        yield _row(f"refusal once a cluster {label}", "ms", refusals, _REFUSED)


def _is(label: str) -> str:
    return f"is {label}" if label == _WELL else label


def _row(name: str, unit: str, found: list[float], target: Target | None) -> Row:
    samples = {OURS: Sample(tuple(found))}
    return Row(case="neighbour", name=name, unit=unit, samples=samples, target=target)


def _round(server: ThreadPoolExecutor, serve: Callable[[], None], ask: Callable[[], None]) -> float:
    """How often a second the server's threads came to ``serve``, beside those who ``ask``."""
    ends = perf_counter() + _ROUND_SECONDS
    done = count()

    def living() -> None:
        while perf_counter() < ends:
            server.submit(serve).result()
            next(done)

    def beside() -> None:
        while perf_counter() < ends:
            server.submit(ask)
            threading.Event().wait(_PAUSE_SECONDS)

    clients = [
        threading.Thread(target=which) for which in (living, beside) for _ in range(_CLIENTS)
    ]
    start = perf_counter()
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    return next(done) / (perf_counter() - start)


def _refusal(storage: Any) -> float:
    """Milliseconds to the median refusal, of requests that the open breaker turned away."""
    found: list[float] = []
    while len(found) < _REFUSALS:
        start = perf_counter()
        try:
            with use_tenant("neighbour"):
                storage.exists("docs/plan.pdf")
        except CircuitOpenError:
            found.append((perf_counter() - start) * 1e3)
        except BackendUnavailableError:
            continue
    return median(found)

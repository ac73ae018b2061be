"""What 100,000 tenants leave in a process that has routed them all."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Iterator
from typing import Any

from benchmarks import child
from benchmarks.bench import Bench
from benchmarks.contestants.memory import peak, start_of_growth
from benchmarks.rows import OURS, Row, Sample, Target

TARGET = Target(limit=20.0)
_TENANTS = 100_000
_TEMPLATES = {
    "a prefix each": {"bucket": "bench", "prefix": "tenants/{tenant}/"},
    "a bucket each": {"bucket": "bench-{tenant}", "prefix": ""},
}


def measure(bench: Bench) -> Iterator[Row]:
    """MiB, each round in a process of its own."""
    rounds = min(bench.field.rounds, 5)
    for label, template in _TEMPLATES.items():
        settings = _with_template(bench.settings, template)
        for how, function in (("resident", grow_resident), ("allocated", grow_allocated)):
            found = [child.run(function, settings)["MiB"] for _ in range(rounds)]
            yield Row(
                case="tenants",
                name=f"100,000 tenants, {label}, {how}",
                unit="MiB",
                samples={OURS: Sample(tuple(found))},
                target=TARGET,
            )


def _with_template(settings: dict[str, Any], template: dict[str, str]) -> dict[str, Any]:
    entry = settings["STORAGES"]["default"]
    changed = {**entry, "OPTIONS": {**entry["OPTIONS"], **template}}
    storages = {name: settings["STORAGES"][name] for name in ("eu",)}
    return {**settings, "STORAGES": {**storages, "default": changed}}


def grow_resident() -> dict[str, float]:
    """By the kernel's count, with the highest point on the way. Runs in a child."""
    _route(0, 10)
    base = start_of_growth()
    _route(10, _TENANTS)
    return {"MiB": peak() - base}


def grow_allocated() -> dict[str, float]:
    """By Python's own count, of what stays. Runs in a child."""
    _route(0, 10)
    gc.collect()
    tracemalloc.start()
    _route(10, _TENANTS)
    gc.collect()
    return {"MiB": tracemalloc.get_traced_memory()[0] / 2**20}


def _route(start: int, stop: int) -> None:
    """Find each tenant's place, and make a URL there: all that needs no network."""
    from django.core.files.storage import storages

    from tenant_minio import use_tenant

    storage: Any = storages["default"]
    for number in range(start, stop):
        with use_tenant(f"tenant-{number}"):
            storage.locate().key("docs/plan.pdf")
            storage.url("docs/plan.pdf")

"""How long a cluster that refuses, or says nothing, holds its caller."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from time import perf_counter
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import storages

from benchmarks.bench import HUNG_SECONDS, TENANT, Bench
from benchmarks.rounds import repeat
from benchmarks.rows import Row, Target
from tenant_minio import use_tenant
from tenant_minio.exceptions import BackendUnavailableError

_NAME = "docs/plan.pdf"
_REFUSED = Target(limit=1.0)
# A tenth of a second for what is not waiting.
_HUNG = Target(limit=HUNG_SECONDS + 0.1)


def measure(bench: Bench) -> Iterator[Row]:
    """Seconds to the error, of each operation. The case ``dead`` has the others beside it."""
    with use_tenant(TENANT):
        # Imports and the making of a client are not what an outage costs.
        with suppress(BackendUnavailableError):
            storages["refused"].exists(_NAME)
        for label, do in _operations(storages["refused"]).items():
            yield Row(
                case="outage",
                name=f"connection refused: {label}",
                unit="s",
                samples=repeat(bench.field.rounds, lambda do=do: _until_error(do), scale=1),
                target=_REFUSED,
            )
        for label, do in _operations(storages["hung"]).items():
            yield Row(
                case="outage",
                name=f"hung, read_timeout 1 s: {label}",
                unit="s",
                samples=repeat(min(bench.field.rounds, 5), lambda do=do: _until_error(do), scale=1),
                target=_HUNG,
            )


def _operations(storage: Any) -> Mapping[str, Callable[[], object]]:
    return {
        "exists": lambda: storage.exists(_NAME),
        "open": lambda: storage.open(_NAME),
        "delete": lambda: storage.delete(_NAME),
        "save": lambda: storage.save(_NAME, ContentFile(b"x" * 1024)),
    }


def _until_error(do: Callable[[], object]) -> float:
    start = perf_counter()
    try:
        do()
    except BackendUnavailableError:
        return perf_counter() - start
    raise RuntimeError("A server that is not there has answered.")

"""What finding the tenant, its route and a safe key adds to an operation."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle
from typing import Any
from unittest.mock import patch

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.test import override_settings

from benchmarks.bench import TENANT, Bench
from benchmarks.rounds import per_call, repeat
from benchmarks.rows import Row, Sample, Target
from tenant_minio import use_tenant
from tenant_minio.storage.location import Location

TARGET = Target(limit=3.0)
_CALLS = 20_000
_NAME = "docs/plan.pdf"
_ONE_KEY = "storage.locate().key(name)"


def live_tenant() -> str:
    """What CURRENT names: the least that a source of the tenant can do."""
    return TENANT


def measure(bench: Bench) -> Iterator[Row]:
    """Microseconds, under ``use_tenant`` unless the row says otherwise."""
    rounds = bench.field.rounds
    with use_tenant(TENANT):
        keys = _keys_of_save()
        yield _row("open, exists, delete, size, url", _sample(rounds), TARGET)
        yield _row(f"save (its name is checked {keys} times)", _sample(rounds, keys=keys), TARGET)
        yield _row("with a name beyond ASCII", _sample(rounds, name="docs/Übersicht.pdf"))
        with override_settings(TENANT_MINIO=_current()):
            yield _row("with CURRENT too", _sample(rounds))
        with override_settings():
            del settings.TENANT_MINIO
            yield _row("without TENANT_MINIO", _sample(rounds))
    with override_settings(TENANT_MINIO=_current()):
        yield _row("with CURRENT alone", _sample(rounds))
    bound = storages["default"].for_tenant(TENANT)
    yield _row("with for_tenant", _sample(rounds, storage=bound))
    yield _row("each time another of 100,000 tenants", _sample_of_many(rounds))


def _row(name: str, samples: dict[str, Sample], target: Target | None = None) -> Row:
    return Row(case="routing", name=name, unit="µs", samples=samples, target=target)


def _current() -> dict[str, Any]:
    return {**settings.TENANT_MINIO, "CURRENT": f"{__name__}.live_tenant"}


def _keys_of_save() -> int:
    """How often one save really makes a key of its name."""
    with patch.object(Location, "key", autospec=True, side_effect=Location.key) as key:
        name = storages["default"].save("docs/keys.txt", ContentFile(b"x"), max_length=100)
        calls = int(key.call_count)
    storages["default"].delete(name)
    return calls


def _sample(
    rounds: int, *, keys: int = 1, name: str = _NAME, storage: Any = None
) -> dict[str, Sample]:
    names = {"storage": storage or storages["default"], "name": name}
    statement = _ONE_KEY if keys == 1 else "place = storage.locate()" + "; place.key(name)" * keys
    return repeat(rounds, lambda: per_call(statement, names, number=_CALLS), scale=1e6)


def _sample_of_many(rounds: int) -> dict[str, Sample]:
    """More tenants than any cache holds, less what entering each of them takes."""
    tenants = cycle([f"tenant-{number}" for number in range(100_000)])
    names: dict[str, Any] = {
        "storage": storages["default"],
        "name": _NAME,
        "use_tenant": use_tenant,
        "tenants": tenants,
    }
    enter = "with use_tenant(next(tenants)): "

    def one() -> float:
        whole = per_call(enter + _ONE_KEY, names, number=_CALLS)
        return whole - per_call(enter + "pass", names, number=_CALLS)

    return repeat(rounds, one, scale=1e6)

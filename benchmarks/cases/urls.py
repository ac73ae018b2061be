"""Signed URLs, none of them twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from typing import Any

from django.core.files.storage import storages

from benchmarks.ground import TENANT, Ground, bucket
from benchmarks.rounds import alternate, per_call, repeat
from benchmarks.rows import Row
from tenant_minio import use_tenant

_CALLS = 3_000
_PAGE = 100


def measure(ground: Ground) -> Iterator[Row]:
    """Microseconds of one URL."""
    names: dict[str, Any] = {
        "storage": storages["default"],
        "client": ground.floor,
        "bucket": bucket(),
        "life": timedelta(hours=1),
        "number": count(),
        "page": [f"docs/plan-{number}.pdf" for number in range(_PAGE)],
    }
    ours = "storage.url(f'docs/plan-{next(number)}.pdf')"
    floor = (
        "client.presigned_get_object(bucket_name=bucket, "
        "object_name=f'tenants/acme/docs/plan-{next(number)}.pdf', expires=life)"
    )
    with use_tenant(TENANT):
        found = alternate(
            ground.rounds,
            lambda: per_call(ours, names, number=_CALLS),
            lambda: per_call(floor, names, number=_CALLS),
            scale=1e6,
        )
        yield Row(case="urls", name="url()", unit="µs", ours=found[0], floor=found[1])
        many = repeat(
            ground.rounds,
            lambda: per_call("storage.urls(page)", names, number=_CALLS // _PAGE) / _PAGE,
            scale=1e6,
        )
        yield Row(case="urls", name="urls() of 100, each", unit="µs", ours=many)

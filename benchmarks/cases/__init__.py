"""One subject each; ``CASES`` in the order of the table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from benchmarks.cases import (
    first_bytes,
    large_file,
    many_tenants,
    outage,
    routing,
    small_file,
    urls,
)
from benchmarks.ground import Ground
from benchmarks.rows import Row

CASES: Mapping[str, Callable[[Ground], Iterable[Row]]] = {
    "routing": routing.measure,
    "tenants": many_tenants.measure,
    "small": small_file.measure,
    "first": first_bytes.measure,
    "large": large_file.measure,
    "outage": outage.measure,
    "urls": urls.measure,
}

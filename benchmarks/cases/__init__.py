"""One subject each; ``CASES`` in the order of the table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from benchmarks.bench import Bench
from benchmarks.cases import (
    dead_server,
    direct_upload,
    first_bytes,
    large_file,
    listing,
    many_tenants,
    neighbour,
    outage,
    private,
    routing,
    small_file,
    static_files,
    threads,
    urls,
)
from benchmarks.rows import Row

CASES: Mapping[str, Callable[[Bench], Iterable[Row]]] = {
    "urls": urls.measure,
    "small": small_file.measure,
    "large": large_file.measure,
    "first": first_bytes.measure,
    "listing": listing.measure,
    "threads": threads.measure,
    "static": static_files.measure,
    "dead": dead_server.measure,
    "routing": routing.measure,
    "tenants": many_tenants.measure,
    "outage": outage.measure,
    "neighbour": neighbour.measure,
    "private": private.measure,
    "upload": direct_upload.measure,
}

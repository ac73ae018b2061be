"""One line that counts, on a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management.base import OutputWrapper

from tenant_minio.buckets.work import Progress, ignore


@contextmanager
def counting(stream: OutputWrapper) -> Iterator[Progress]:
    """What is to be called as the work goes on; the line is wiped at the end."""
    if not stream.isatty():
        yield ignore
        return

    def show(done: int, total: int) -> None:
        stream.write(f"\r{done}/{total}", style_func=str, ending="")
        stream.flush()

    try:
        yield show
    finally:
        stream.write("\r\033[K", style_func=str, ending="")

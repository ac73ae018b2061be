"""The first 64 KiB of a large file, as a browser's preview or a type check reads them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import repeat
from typing import Any

from django.core.files.storage import storages

from benchmarks.cases.large_file import large_file
from benchmarks.ground import TENANT, Ground, bucket, raw_client
from benchmarks.rounds import in_pairs
from benchmarks.rows import Row, Sample, Target
from tenant_minio import use_tenant

_WANTED = 64 * 1024
_NAME = "docs/first-bytes.bin"
_BATCH = 30


def measure(ground: Ground) -> Iterator[Row]:
    """Milliseconds and requests, opened and closed each time."""
    with use_tenant(TENANT):
        key = storages["default"].locate().key(_NAME)
        ground.floor.fput_object(
            bucket_name=bucket(), object_name=key, file_path=str(large_file(ground.folder))
        )
        requests = []
        for read, name in (
            (_ours(storages["counted"]), _NAME),
            (_floor(raw_client("counted_eu")), key),
        ):
            before = len(ground.proxy.seen)
            read(name)
            requests.append(Sample.of(len(ground.proxy.seen) - before))
        yield Row(
            case="first",
            name="first 64 KiB of 100 MiB: requests",
            unit="",
            ours=requests[0],
            floor=requests[1],
        )
        ours, floor = _ours(storages["default"]), _floor(ground.floor)
        found = in_pairs(
            ground.rounds, ours, floor, items=(repeat(_NAME), repeat(key)), batch=_BATCH
        )
        yield Row(
            case="first",
            name="first 64 KiB of 100 MiB",
            unit="ms",
            ours=found[0],
            floor=found[1],
            target=Target(1.3, of="ratio"),
        )
        storages["default"].delete(_NAME)


def _ours(storage: Any) -> Any:
    def read(name: str) -> None:
        with storage.open(name) as file:
            _require(file.read(_WANTED))

    return read


def _floor(client: Any) -> Any:
    def read(key: str) -> None:
        answer = client.get_object(bucket_name=bucket(), object_name=key, offset=0, length=_WANTED)
        try:
            _require(answer.read())
        finally:
            answer.close()
            answer.release_conn()

    return read


def _require(data: bytes) -> None:
    if len(data) != _WANTED:
        raise RuntimeError(f"{len(data)} bytes were read instead of {_WANTED}.")

"""Save, look at and delete a file of 10 KiB: requests, and time against minio-py."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from itertools import count
from os import urandom
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import storages
from minio.error import S3Error

from benchmarks.ground import TENANT, Ground, bucket, raw_client
from benchmarks.rounds import in_pairs
from benchmarks.rows import Row, Sample, Target
from tenant_minio import use_tenant

_DATA = urandom(10 * 1024)
_BATCH = 50
_SAVE_TARGET = Target(1.15, of="ratio")
_ONE_REQUEST = Target(1)


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing to do to a name, both ways; ``on`` says which names it is done to."""

    label: str
    ours: Callable[[str], object]
    floor: Callable[[str], object]
    on: str


def measure(ground: Ground) -> Iterator[Row]:
    """Milliseconds and requests of one operation."""
    with use_tenant(TENANT):
        counted = _operations(storages["counted"], raw_client("counted_eu"))
        for operation in counted:
            yield _requests(ground, operation)
        for operation in _operations(storages["default"], ground.floor):
            yield _times(ground, operation)


def _operations(storage: Any, client: Any) -> list[Operation]:
    """In an order in which each finds what it needs: what was saved is deleted last."""

    def save(name: str) -> None:
        storage.save(name, ContentFile(_DATA), max_length=100)

    def put(name: str) -> None:
        client.put_object(
            bucket_name=bucket(), object_name=name, data=BytesIO(_DATA), length=len(_DATA)
        )

    def stat(name: str) -> None:
        client.stat_object(bucket_name=bucket(), object_name=name)

    def stat_missing(name: str) -> None:
        with suppress(S3Error):
            stat(name)

    remove = partial(_remove, client)
    return [
        Operation("save a new file", save, put, "new"),
        Operation("exists, of a file that is there", storage.exists, stat, "saved"),
        Operation("exists, of a file that is not", storage.exists, stat_missing, "missing"),
        Operation("size", storage.size, stat, "saved"),
        Operation("delete", storage.delete, remove, "saved"),
    ]


def _remove(client: Any, name: str) -> None:
    client.remove_object(bucket_name=bucket(), object_name=name)


def _names(operation: Operation) -> Iterator[str]:
    """The same for each operation, so that it finds what was saved; or what nobody saved."""
    where = "missing" if operation.on == "missing" else "small"
    return (f"docs/{where}-{number:06}.bin" for number in count())


def _requests(ground: Ground, operation: Operation) -> Row:
    """What goes over the socket for one operation; a proxy counts it, so no time is taken."""
    found = []
    # A name of its own: the raw client's key lies outside the tenant's prefix.
    name = f"docs/counted-{operation.on == 'missing'}.bin"
    for do in (operation.ours, operation.floor):
        before = len(ground.proxy.seen)
        do(name)
        found.append(Sample.of(len(ground.proxy.seen) - before))
    return Row(
        case="small",
        name=f"{operation.label}: requests",
        unit="",
        ours=found[0],
        floor=found[1],
        target=_ONE_REQUEST,
    )


def _times(ground: Ground, operation: Operation) -> Row:
    ours, floor = in_pairs(
        ground.rounds,
        operation.ours,
        operation.floor,
        items=(_names(operation), _names(operation)),
        batch=_BATCH,
    )
    target = _SAVE_TARGET if operation.on == "new" else None
    return Row(case="small", name=operation.label, unit="ms", ours=ours, floor=floor, target=target)

"""How much a process grows, and how long it takes, when 100 MiB go through it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO
from os import urandom
from pathlib import Path
from time import perf_counter
from typing import Any

from django.core.files.base import ContentFile, File
from django.core.files.storage import storages

from benchmarks import child
from benchmarks.ground import TENANT, Ground, bucket, raw_client
from benchmarks.memory import peak, start_of_growth
from benchmarks.rows import Row, Sample, Target
from tenant_minio import use_tenant

SIZE = 100 * 2**20
TARGET = Target(40.0)
_NAME = "docs/large.bin"
# Fresh processes are slow: more rounds than this tell nothing new.
_MOST_ROUNDS = 5


def measure(ground: Ground) -> Iterator[Row]:
    """MiB and seconds; each round in a process of its own, warmed up by a small save."""
    path = str(large_file(ground.folder))
    yield from _rows(ground, "save 100 MiB from disk", save_ours, save_floor, path)
    ground.floor.fput_object(bucket_name=bucket(), object_name=_key(_NAME), file_path=path)
    for chunk in (64 * 2**10, 2**20):
        label = f"read 100 MiB by {chunk // 2**10} KiB"
        yield from _rows(ground, label, read_ours, read_floor, chunk)
    ground.floor.remove_object(bucket_name=bucket(), object_name=_key(_NAME))


def large_file(folder: Path) -> Path:
    """100 MiB that do not compress; made at first use."""
    path = folder / "large.bin"
    if not path.exists():
        with path.open("wb") as file:
            for _ in range(SIZE // 2**20):
                file.write(urandom(2**20))
    return path


def _rows(
    ground: Ground,
    label: str,
    ours: Callable[..., dict[str, float]],
    floor: Callable[..., dict[str, float]],
    argument: Any,
) -> Iterator[Row]:
    found: dict[Any, list[dict[str, float]]] = {ours: [], floor: []}
    for number in range(min(ground.rounds, _MOST_ROUNDS)):
        for function in (ours, floor) if number % 2 == 0 else (floor, ours):
            found[function].append(child.run(function, ground.settings, argument))
    for unit, name, target in (("MiB", ": growth", TARGET), ("s", "", None)):
        samples = [Sample(tuple(one[unit] for one in found[way])) for way in (ours, floor)]
        yield Row(
            case="large",
            name=label + name,
            unit=unit,
            ours=samples[0],
            floor=samples[1],
            target=target,
        )


def save_ours(path: str) -> dict[str, float]:
    """Runs in a child, as do those below."""
    storage: Any = storages["default"]
    with use_tenant(TENANT), Path(path).open("rb") as file:
        storage.delete(storage.save("docs/warm-up.bin", ContentFile(b"x" * 1024)))
        found = _observe(lambda: storage.save(_NAME, File(file)))
        storage.delete(_NAME)
    return found


def save_floor(path: str) -> dict[str, float]:
    client = _warm_client()
    with Path(path).open("rb") as file:
        found = _observe(
            lambda: client.put_object(
                bucket_name=bucket(), object_name=_key(_NAME), data=file, length=SIZE
            )
        )
    client.remove_object(bucket_name=bucket(), object_name=_key(_NAME))
    return found


def read_ours(chunk: int) -> dict[str, float]:
    storage: Any = storages["default"]

    def read() -> int:
        with storage.open(_NAME) as file:
            return sum(len(piece) for piece in iter(lambda: file.read(chunk), b""))

    with use_tenant(TENANT):
        storage.delete(storage.save("docs/warm-up.bin", ContentFile(b"x" * 1024)))
        return _observe(lambda: _require(read()))


def read_floor(chunk: int) -> dict[str, float]:
    client = _warm_client()

    def read() -> int:
        answer = client.get_object(bucket_name=bucket(), object_name=_key(_NAME))
        try:
            return sum(len(piece) for piece in iter(lambda: answer.read(chunk), b""))
        finally:
            answer.close()
            answer.release_conn()

    return _observe(lambda: _require(read()))


def _observe(do: Callable[[], object]) -> dict[str, float]:
    base = start_of_growth()
    start = perf_counter()
    do()
    return {"s": perf_counter() - start, "MiB": peak() - base}


def _warm_client() -> Any:
    client = raw_client("eu")
    client.put_object(bucket_name=bucket(), object_name="warm-up", data=BytesIO(b"x"), length=1)
    return client


def _key(name: str) -> str:
    with use_tenant(TENANT):
        return str(storages["default"].locate().key(name))


def _require(size: int) -> None:
    if size != SIZE:
        raise RuntimeError(f"{size} bytes were read instead of {SIZE}.")

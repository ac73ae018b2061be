"""How long it takes, and how much a process grows, when 100 MiB go through it."""

from __future__ import annotations

import secrets
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta

from benchmarks.bench import LARGE, Bench
from benchmarks.field import samples
from benchmarks.rows import Row, Sample, Target
from benchmarks.workers import Worker

# Fresh processes are slow: more rounds than this tell nothing new.
_MOST_ROUNDS = 5
_CURL = ("curl", "--silent", "--show-error", "--fail")
# Django reads files in such pieces, and so does most of what copies them.
_PIECES = {"64 KiB": 64 * 2**10, "1 MiB": 2**20}
_SAVE_TARGET = Target(limit=1.05, of="ratio")
_SAVE_GROWTH = Target(limit=32)
_READ_TARGET = Target(limit=1.15, of="ratio")
_READ_GROWTH = Target(limit=4)


def measure(bench: Bench) -> Iterator[Row]:
    """MiB and milliseconds; each round in a process of its own, warmed up by a small save."""
    path = str(bench.large_file)
    curl = {"curl": with_curl} if shutil.which("curl") else {}
    yield from _rows(
        bench,
        "save 100 MiB from disk",
        lambda worker: _save(worker, path),
        (_SAVE_TARGET, _SAVE_GROWTH),
        {name: do(bench) for name, do in curl.items()},
    )
    for label, piece in _PIECES.items():
        yield from _rows(
            bench,
            f"read 100 MiB by {label}",
            lambda worker, piece=piece: _read(bench, worker, piece),
            (_READ_TARGET, _READ_GROWTH),
            {},
        )


def with_curl(bench: Bench) -> Sample:
    """The same upload without Python, to a signed URL; milliseconds."""
    name = "curl/large.bin"
    url = bench.client.presigned_put_object(
        bucket_name=bench.bucket, object_name=name, expires=timedelta(hours=1)
    )
    # The URL goes through a pipe: it may do what its owner may.
    order = f'url = "{url}"\nupload-file = "{bench.large_file}"\n'
    rounds = []
    for _ in range(_rounds(bench)):
        done = subprocess.run(
            [*_CURL, "--write-out", "%{time_total}", "--config", "-"],
            input=order,
            capture_output=True,
            check=True,
            text=True,
        )
        rounds.append(float(done.stdout) * 1e3)
    bench.client.remove_object(bucket_name=bench.bucket, object_name=name)
    return Sample(tuple(rounds))


def _rounds(bench: Bench) -> int:
    return min(bench.field.rounds, _MOST_ROUNDS)


def _rows(
    bench: Bench,
    label: str,
    do: Callable[[Worker], dict[str, float]],
    targets: tuple[Target, Target],
    reference: Mapping[str, Sample],
) -> Iterator[Row]:
    found = bench.field.in_fresh_processes(bench.ground(), do, rounds=_rounds(bench))
    yield Row(
        case="large",
        name=label,
        unit="ms",
        samples=samples(_of(found, "s"), scale=1e3),
        target=targets[0],
        reference=reference,
    )
    yield Row(
        case="large",
        name=f"{label}: growth",
        unit="MiB",
        samples=samples(_of(found, "MiB")),
        target=targets[1],
    )


def _of(found: Mapping[str, list[dict[str, float]]], what: str) -> dict[str, list[float]]:
    return {name: [one[what] for one in rounds] for name, rounds in found.items()}


def _save(worker: Worker, path: str) -> dict[str, float]:
    _warm_up(worker)
    name = f"{worker.name}/large-{secrets.token_hex(4)}.bin"
    found: dict[str, float] = worker.ask("save_path", name=name, path=path)
    worker.ask("each", operation="delete", names=[name])
    return found


def _read(bench: Bench, worker: Worker, piece: int) -> dict[str, float]:
    _warm_up(worker)
    found: dict[str, float] = worker.ask("read", name=bench.large_name, piece=piece, expected=LARGE)
    return found


def _warm_up(worker: Worker) -> None:
    """Imports and connections are not what a large file costs."""
    name = f"{worker.name}/warm-up-{secrets.token_hex(4)}.bin"
    for operation in ("save", "delete"):
        worker.ask("each", operation=operation, names=[name])

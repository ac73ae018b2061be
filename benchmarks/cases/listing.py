"""The folders at the root of a bucket with many files below them."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

from benchmarks.bench import Bench
from benchmarks.field import samples
from benchmarks.rows import Row, Target

_FOLDERS = 100
_FILES_EACH = 100
_THREADS = 16
_TURNS = 3
_BATCH = 3


def measure(bench: Bench) -> Iterator[Row]:
    """Milliseconds of listing the root."""
    with bench.new_bucket() as bucket:

        def put(number: int) -> None:
            folder, file = divmod(number, _FILES_EACH)
            bench.client.put_object(
                bucket_name=bucket,
                object_name=f"folder-{folder:03}/file-{file:03}.txt",
                data=BytesIO(b"x"),
                length=1,
            )

        with ThreadPoolExecutor(_THREADS) as pool:
            list(pool.map(put, range(_FOLDERS * _FILES_EACH)))
        with bench.field.team(bench.ground(bucket=bucket, whole_bucket=True)) as team:
            found = team.medians(
                _TURNS,
                lambda worker, _: worker.ask("listdir", folders=_FOLDERS, files=0, times=_BATCH),
            )
        yield Row(
            case="listing",
            name="listdir(''), 10,000 files in 100 folders",
            unit="ms",
            samples=samples(found, scale=1e3),
            target=Target(limit=1.15, of="ratio"),
        )

"""collectstatic: into an empty bucket, and when nothing has changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from random import Random

from benchmarks.bench import Bench
from benchmarks.contestants.ground import Ground
from benchmarks.field import Team, samples
from benchmarks.rows import Row, Target
from benchmarks.workers import Worker, WorkerError

_FILES = 500
_KINDS = ("css", "js", "svg", "png", "woff2")
_APPS = 10
_LEAST, _MOST = 2**10, 30 * 2**10
_TARGETS = {"first": Target(limit=0.8), "unchanged": Target(limit=0.2)}


def measure(bench: Bench) -> Iterator[Row]:
    """Seconds of one run, in a process that has run it before; each has a bucket of its own."""
    folder = _make_files(bench.folder / "static")
    with ExitStack() as stack:
        grounds = {
            name: bench.ground(bucket=stack.enter_context(bench.new_bucket()), static=str(folder))
            for name in bench.field.names
        }
        team = Team(
            bench.field,
            {
                name: stack.enter_context(bench.field.start(name, ground))
                for name, ground in grounds.items()
            },
        )

        def both(worker: Worker, _number: int) -> dict[str, float]:
            return _both(bench, worker, grounds[worker.name])

        team.turns(1, both)
        rounds = team.rounds(both)
        for which, target in _TARGETS.items():
            found = {name: [one[which] for one in each] for name, each in rounds.items()}
            yield Row(
                case="static",
                name=f"collectstatic of {_FILES} files, {which}",
                unit="s",
                samples=samples(found),
                target=target,
            )


def _both(bench: Bench, worker: Worker, ground: Ground) -> dict[str, float]:
    bench.empty(ground.bucket)
    first: float = worker.ask("collectstatic")
    before = _written(bench, ground)
    if len(before) != _FILES:
        raise WorkerError(f"{worker.name} left {len(before)} of {_FILES} static files.")
    unchanged: float = worker.ask("collectstatic")
    if _written(bench, ground) != before:
        raise WorkerError(f"{worker.name} wrote static files again that had not changed.")
    return {"first": first, "unchanged": unchanged}


def _written(bench: Bench, ground: Ground) -> dict[str, object]:
    """The names in the bucket, and when each was written."""
    return {
        str(item.object_name): item.last_modified
        for item in bench.client.list_objects(bucket_name=ground.bucket, recursive=True)
    }


def _make_files(folder: Path) -> Path:
    """The same files in every run: text that compresses, and bytes that do not."""
    random = Random(500)
    for number in range(_FILES):
        kind = _KINDS[number % len(_KINDS)]
        path = folder / f"app{number % _APPS}" / kind / f"file-{number:03}.{kind}"
        path.parent.mkdir(parents=True, exist_ok=True)
        size = random.randint(_LEAST, _MOST)
        if kind in ("css", "js", "svg"):
            line = f"/* {number} */ .rule-{number} {{ color: #123456; margin: 0 auto; }}\n"
            path.write_text((line * (size // len(line) + 1))[:size])
        else:
            path.write_bytes(random.randbytes(size))
    return folder

"""Signed URLs of private files: made anew, and asked for again."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.bench import Bench
from benchmarks.cases.counted import requests
from benchmarks.field import Team, samples
from benchmarks.rows import OURS, Row, Target
from benchmarks.workers import Worker

_CALLS = 2_000
_PAGE = 100
_FILES = 20
_NO_CACHE = "no cache"
_CACHES = (OURS, "django_minio_backend")


def measure(bench: Bench) -> Iterator[Row]:
    """Microseconds of one URL."""
    with bench.field.team(bench.ground()) as team:
        found = team.rounds(
            lambda worker, number: worker.ask("mean", operation="url", names=_new_names(number))
        )
        yield Row(
            case="urls",
            name="url(), not cached",
            unit="µs",
            samples=samples(found, scale=1e6),
            target=Target(limit=8),
        )
        if OURS in team.workers:
            page = Team(team.field, {OURS: team.workers[OURS]}).medians(
                _CALLS // _PAGE,
                lambda worker, number: [worker.ask("page", names=_new_names(number)[:_PAGE])],
            )
            yield Row(
                case="urls",
                name="urls() of 100, not cached, each",
                unit="µs",
                samples=samples(page, scale=1e6),
            )
    with bench.field.team(bench.ground(cached_urls=True)) as team:
        team.all(_save_files)
        team.all(lambda worker: _urls_again(worker, 1))
        found = team.rounds(lambda worker, _: _urls_again(worker, _CALLS // _FILES))
        notes = {name: _NO_CACHE for name in found if name not in _CACHES}
        yield Row(
            case="urls",
            name="url(), cached",
            unit="µs",
            samples=samples(found, scale=1e6, notes=notes),
            target=Target(limit=4),
        )
    through_proxy = bench.ground(cached_urls=True, endpoint=bench.proxy.endpoint)
    with bench.field.team(through_proxy) as team:
        team.all(lambda worker: _urls_again(worker, 1))
        yield Row(
            case="urls",
            name="url(), cached: requests",
            unit="requests",
            samples=requests(
                bench,
                team,
                lambda worker: worker.ask("mean", operation="url", names=_saved_names(worker)[:1]),
            ),
            target=Target(limit=0),
        )


def _new_names(number: int) -> list[str]:
    """Names that no other round has asked for."""
    return [f"docs/plan-{number}-{which}.pdf" for which in range(_CALLS)]


def _saved_names(worker: Worker) -> list[str]:
    return [f"{worker.name}/plan-{number}.pdf" for number in range(_FILES)]


def _save_files(worker: Worker) -> None:
    """A cache that looks at the file finds one."""
    worker.ask("each", operation="save", names=_saved_names(worker))


def _urls_again(worker: Worker, times: int) -> float:
    found: float = worker.ask("mean", operation="url", names=_saved_names(worker) * times)
    return found

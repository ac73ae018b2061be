"""Make what declared locations need, and see that each can be used.

The first set-up: what is not there is made, and what is not set is set. What was set otherwise, by
hand or by older settings, is left as it is and told; :mod:`tenant_minio.buckets.check` replaces it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from threading import Lock

from tenant_minio.backends.registry import registry
from tenant_minio.buckets.mixed import without_mixed_buckets
from tenant_minio.buckets.needs import BucketKey, Need, bucket_key
from tenant_minio.buckets.settle import BucketReport, Mode, settle
from tenant_minio.buckets.wanted import wanted_buckets
from tenant_minio.buckets.work import Progress, ignore, work_through
from tenant_minio.exceptions import TenantMinioError


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one need.

    Args:
        need: what was asked for.
        status: ``ok``, ``created``, ``missing`` (in a dry run) or ``failed``.
        changes: what was done, or in a dry run would be, in words.
        error: why it failed; empty otherwise.
        cause: the error that it failed with, if there was one.
    """

    need: Need
    status: str
    changes: tuple[str, ...] = ()
    error: str = ""
    cause: TenantMinioError | None = None


class _Once:
    """Settles each bucket once; those who come later get the same report."""

    def __init__(self) -> None:
        self._locks: dict[BucketKey, Lock] = {}
        self._reports: dict[BucketKey, BucketReport] = {}
        self._guard = Lock()

    def __call__(
        self, key: BucketKey, work: Callable[[], BucketReport]
    ) -> tuple[BucketReport, bool]:
        """The report, and whether it is new."""
        with self._guard:
            lock = self._locks.setdefault(key, Lock())
        with lock:
            if key in self._reports:
                return self._reports[key], False
            report = self._reports[key] = work()
            return report, True


def initialize(
    needs: Collection[Need],
    *,
    dry_run: bool = False,
    workers: int = 8,
    progress: Progress = ignore,
) -> list[Outcome]:
    """Create missing buckets, set what is not set there, and see that locations can be listed.

    A bucket that several tenants share is settled once, its policy hook too. What fails does not
    stop the others, and a second run changes nothing.

    Args:
        needs: the locations; those of one entry are :func:`needs_of_entry`.
        dry_run: only say what is missing.
        workers: how many are worked on at a time.
        progress: called with how many are done, and of how many.

    Returns:
        One outcome per need, in the order of ``needs``.
    """
    needs = without_mixed_buckets(needs)
    wanted = wanted_buckets(needs)
    once = _Once()
    mode = Mode.LOOK if dry_run else Mode.SET_UP

    def work(need: Need) -> Outcome:
        if need.route is None:
            return Outcome(need, "failed", error=str(need.error), cause=need.error)
        key = bucket_key(need.route)
        report, new = once(key, lambda: settle(wanted[key], mode))
        return _outcome(need, report, new=new, dry_run=dry_run)

    return work_through(needs, work, workers=workers, progress=progress)


def _outcome(need: Need, report: BucketReport, *, new: bool, dry_run: bool) -> Outcome:
    changes = report.changes if new else ()
    errors = [finding.error for finding in report.wrong if finding.error]
    cause = next((finding.cause for finding in report.wrong if finding.cause is not None), None)
    if not (errors or dry_run or need.route is None):
        try:
            # A listing is what shows that the credentials reach this prefix.
            backend = registry[need.route.backend]
            for _item in backend.list(need.route.bucket, need.route.prefix, limit=1):
                pass
        except TenantMinioError as error:
            errors.append(str(error))
            cause = error
    if errors:
        return Outcome(need, "failed", changes, " ".join(errors), cause)
    if not changes:
        return Outcome(need, "ok")
    return Outcome(need, "missing" if dry_run else "created", changes)

"""Compare buckets with what is declared of them, and make them so."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from tenant_minio.buckets.mixed import without_mixed_buckets
from tenant_minio.buckets.needs import Need
from tenant_minio.buckets.settle import BucketReport, Mode, settle
from tenant_minio.buckets.wanted import wanted_buckets
from tenant_minio.buckets.work import Progress, ignore, work_through


@dataclass(frozen=True, slots=True)
class Comparison:
    """Declared against actual.

    Args:
        reports: one for each bucket.
        nowhere: the needs that have no bucket to look at, since their route is wrong.
    """

    reports: tuple[BucketReport, ...]
    nowhere: tuple[Need, ...]

    @property
    def wrong(self) -> int:
        """How many buckets and needs are not as declared."""
        return len(self.nowhere) + sum(bool(report.wrong) for report in self.reports)


def check(
    needs: Collection[Need],
    *,
    fix: bool = False,
    workers: int = 8,
    progress: Progress = ignore,
) -> Comparison:
    """Look at the buckets of these needs, each once, and with ``fix`` make them as declared.

    ``fix`` creates what is missing and replaces what differs, a policy written by hand included.
    A private bucket loses only the statements that let anyone in. What cannot be mended stays
    in the report, and does not stop the others.

    Args:
        needs: the locations, of which only the buckets count.
        fix: change the clusters.
        workers: how many buckets are looked at at a time.
        progress: called with how many are done, and of how many.
    """
    needs = without_mixed_buckets(needs)
    wanted = list(wanted_buckets(needs).values())
    mode = Mode.MEND if fix else Mode.LOOK
    reports = work_through(
        wanted, lambda bucket: settle(bucket, mode), workers=workers, progress=progress
    )
    return Comparison(tuple(reports), tuple(need for need in needs if need.route is None))

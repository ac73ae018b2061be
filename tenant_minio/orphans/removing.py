"""Deletes orphans, each looked at once more right before.

Between the last look and the deletion lies a moment in which a row may take a name: as long as it
takes to read the rows of a batch. An object is looked at before that. Clusters that know
conditional deletion leave one that is replaced since; on others it is lost.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tenant_minio.backends.base import Stored
from tenant_minio.exceptions import (
    BackendUnavailableError,
    MissingBucketError,
    ObjectNotFoundError,
    TenantMinioError,
)
from tenant_minio.orphans.ledger import Ledger, Row
from tenant_minio.orphans.references import Names, References
from tenant_minio.orphans.spelling import fold
from tenant_minio.orphans.values import Sample, Watcher
from tenant_minio.storage.location import Location

BATCH = 1000  # the most that S3 deletes at once
_BATCHES_A_ROUND = 10
_AT_A_TIME = 8


@dataclass(slots=True)
class Removal:
    """What was done so far, also where it did not end.

    Args:
        names: how many names of each kind are kept.
    """

    names: int
    deleted: Sample = field(init=False)
    spared: Sample = field(init=False)
    undeleted: Sample = field(init=False)
    reasons: list[str] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self.deleted = Sample(self.names)
        self.spared = Sample(self.names)
        self.undeleted = Sample(self.names)

    def leave(self, row: Row, why: str) -> None:
        """One could not be deleted."""
        self.undeleted.add(row.name, row.size)
        if len(self.reasons) < self.names:
            self.reasons.append(why)

    @property
    def results(self) -> dict[str, Any]:
        """As a report holds them."""
        return {
            "deleted": self.deleted.found,
            "spared": self.spared.found,
            "undeleted": self.undeleted.found,
            "reasons": tuple(self.reasons),
        }


def remove(
    ledger: Ledger,
    until: float,
    removal: Removal,
    *,
    place: Location,
    references: References,
    watcher: Watcher,
) -> None:
    """Delete the orphans that are still orphans when their turn comes.

    Args:
        ledger: knows them.
        until: seconds since 1970; none is younger.
        removal: is told what was done, after each step.
        place: where they are.
        references: are read again: all before each round of batches, and right before each batch
            is deleted what has its names.
        watcher: sees it.

    Raises:
        TenantMinioError: the references cannot be read any more, or the cluster does not answer.
    """
    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        for rows in ledger.batches_of_orphans(until, BATCH * _BATCHES_A_ROUND):
            # Every spelling, for which all names have to be read: too slow for each batch.
            free = _unreferenced(rows, place, references, removal)
            for batch in _batched(free, BATCH):
                there = _unchanged(batch, place, pool, removal)
                # The rows last: that look stands nearest to the deletion. Files that are new, or
                # were replaced, are young; rows may take a name at any time.
                going = _unreferenced(there, place, references, removal, exact=True)
                if going:
                    _delete({place.key(row.name): row for row in going}, place, removal, watcher)


def _batched(rows: list[Row], size: int) -> Iterator[list[Row]]:
    """All of them, up to ``size`` at a time."""
    return (rows[start : start + size] for start in range(0, len(rows), size))


def _unchanged(
    rows: list[Row], place: Location, pool: ThreadPoolExecutor, removal: Removal
) -> list[Row]:
    """Those that are still the objects that were listed."""
    found = []
    for row, fault in zip(rows, pool.map(lambda row: _look(row, place), rows), strict=True):
        if fault is None:
            found.append(row)
        elif fault:
            removal.leave(row, fault)
        else:
            removal.spared.add(row.name, row.size)
    return found


def _delete(going: dict[str, Row], place: Location, removal: Removal, watcher: Watcher) -> None:
    watcher.deleting(tuple(row.name for row in going.values()))
    objects = [
        Stored(key, row.size, row.etag, datetime.fromtimestamp(row.modified, UTC))
        for key, row in going.items()
    ]
    errors = place.backend.delete_many(place.route.bucket, objects)
    done = []
    for key, row in going.items():
        if key in errors:
            removal.leave(row, errors[key])
        else:
            removal.deleted.add(row.name, row.size)
            done.append(row.name)
    watcher.deleted(tuple(done))


def _unreferenced(
    rows: list[Row],
    place: Location,
    references: References,
    removal: Removal,
    *,
    exact: bool = False,
) -> list[Row]:
    """Those that nothing refers to even now; ``exact`` may miss names spelled otherwise."""
    if not rows:
        return []
    keys = [place.key(row.name) for row in rows]
    folds = [fold(key) for key in keys]
    wanted = frozenset(folds)
    held: set[bytes] = set()
    below: list[bytes] = []

    def take(names: Names) -> None:
        held.update(wanted.intersection(names.keys))
        below.extend(names.below)

    references.read(take, only=keys if exact else None)
    starts = tuple(start + b"/" if start else b"" for start in below)
    free = []
    for row, key in zip(rows, folds, strict=True):
        if key in held or key.startswith(starts):
            removal.spared.add(row.name, row.size)
        else:
            free.append(row)
    return free


def _look(row: Row, place: Location) -> str | None:
    """None if the object is still the one that was listed, else why it cannot be deleted.

    An empty text: it is gone, or another by now.
    """
    try:
        now = place.head(row.name)
    except ObjectNotFoundError:
        return ""
    except (BackendUnavailableError, MissingBucketError):
        raise
    except TenantMinioError as error:
        return str(error)
    # A HEAD tells the time in whole seconds.
    same = (now.etag, now.size, int(now.modified.timestamp())) == (
        row.etag,
        row.size,
        int(row.modified),
    )
    return None if same else ""


def still_missing(ledger: Ledger, place: Location) -> Iterator[str]:
    """The names that are referred to and whose object is not there even now.

    What was saved after the listing is there.
    """
    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        for batch in ledger.batches_of_missing(BATCH):
            for name, there in zip(batch, pool.map(place.exists, batch), strict=True):
                if not there:
                    yield name

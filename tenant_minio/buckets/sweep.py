"""Uploads that nobody has ended: found, and on request aborted or deleted.

A process that is killed in the middle of an upload cannot abort it, and what it has sent takes up
space where no listing of objects shows it. What a browser has sent lies in staging until a form
is saved, which may never happen.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from tenant_minio.backends.base import OpenUpload
from tenant_minio.backends.registry import registry
from tenant_minio.buckets.needs import (
    BucketKey,
    Need,
    bucket_key,
    needs_of_storages,
    needs_of_tenants,
)
from tenant_minio.buckets.work import Progress, ignore, work_through
from tenant_minio.exceptions import ObjectNotFoundError, TenantMinioError
from tenant_minio.routing.names import STAGING

# MinIO, too, removes by itself what is older (its setting api stale_uploads_expiry).
GRACE_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class Unfinished:
    """One upload that was begun and not ended, or one that lies in staging and was not saved.

    Args:
        name: of the file it was to become, or of what lies in staging, relative to its location.
        upload: its id; empty for what lies in staging.
        touched: when its last part arrived, or it was begun, by the cluster's clock.
        idle: seconds since then.
        parts, size: what has arrived; in bytes. What lies in staging has no parts.
        status: ``young`` (left alone), ``found``, ``aborted``, ``deleted`` or ``failed``.
        error: why it could not be aborted or deleted; empty otherwise.
    """

    name: str
    upload: str
    touched: datetime
    idle: int
    parts: int
    size: int
    status: str
    error: str = ""


@dataclass(frozen=True, slots=True)
class Swept:
    """What became of one location.

    Args:
        need: the location.
        uploads: those that are open in it.
        complete: False where the server does not tell of all.
        error: why it could not be looked at; empty otherwise.
    """

    need: Need
    uploads: tuple[Unfinished, ...] = ()
    complete: bool = True
    error: str = ""

    @property
    def failed(self) -> bool:
        """Whether anything went wrong."""
        return bool(self.error) or any(one.status == "failed" for one in self.uploads)


def sweep(
    needs: Collection[Need],
    *,
    older_than: int = GRACE_SECONDS,
    delete: bool = False,
    workers: int = 8,
    progress: Progress = ignore,
) -> list[Swept]:
    """Find the uploads in these locations in which nothing has happened for a while.

    The uploads of each bucket are listed once, however many locations are in it, and the staging
    of each location. What is in no location that was given is left alone. What fails does not
    stop the others; can be run again at will.

    Args:
        needs: the locations, as :func:`tenant_minio.buckets.select` gives them.
        older_than: in seconds; an upload whose last part is younger may still be alive.
        delete: abort and delete them.
        workers: how many buckets are worked on at a time.
        progress: called with how many are done, and of how many.

    Returns:
        One for each need, in the order of ``needs``.
    """
    known, buckets = _by_bucket(needs)
    rules = _Rules(older_than, delete)

    def work(members: Sequence[Need]) -> dict[Need, Swept]:
        try:
            return _sweep_bucket(members, rules)
        except TenantMinioError as error:
            return {need: Swept(need, error=str(error)) for need in members}

    for found in work_through(list(buckets.values()), work, workers=workers, progress=progress):
        known.update(found)
    return [known[need] for need in needs]


@dataclass(frozen=True, slots=True)
class _Rules:
    older_than: int
    delete: bool


def _by_bucket(needs: Collection[Need]) -> tuple[dict[Need, Swept], dict[BucketKey, list[Need]]]:
    """The needs that can be worked on by their bucket, and what became of the others."""
    refused: dict[Need, Swept] = {}
    buckets: dict[BucketKey, list[Need]] = {}
    for need in needs:
        try:
            # Raises where settings of the alias are wrong.
            _ = registry[need.alias] if need.tenant is None else registry.router(need.alias)
            if need.route is None:
                refused[need] = Swept(need, error=str(need.error))
            else:
                buckets.setdefault(bucket_key(need.route), []).append(need)
        except TenantMinioError as error:
            refused[need] = Swept(need, error=str(error))
    return refused, buckets


def _sweep_bucket(members: Sequence[Need], rules: _Rules) -> dict[Need, Swept]:
    owners = _owners(members)
    route = next(need.route for need in members if need.route is not None)
    found: dict[Need, list[Unfinished]] = {need: [] for need in members}
    complete = True
    for page in registry[route.backend].open_uploads(route.bucket):
        complete &= page.complete
        for upload in page.uploads:
            owner = _owner(upload.key, owners)
            if owner is None:
                continue
            unfinished = _judge(owner, upload, page.at, rules)
            if unfinished is not None:
                found[owner].append(unfinished)
    for need in members:
        found[need] += _staged(need, rules)
    return {need: Swept(need, tuple(some), complete) for need, some in found.items()}


def _owners(members: Sequence[Need]) -> dict[str, Need | None]:
    """Whose each prefix in a bucket is; None for locations that nobody asked about.

    These may be inside of others: two entries of one tenant, or of none.
    """
    tenants = dict.fromkeys(need.tenant for need in members if need.tenant is not None)
    key = bucket_key(next(need.route for need in members if need.route is not None))
    owners: dict[str, Need | None] = {
        other.route.prefix: None
        for other in (*needs_of_storages(), *needs_of_tenants(tenants))
        if other.route is not None and bucket_key(other.route) == key
    }
    owners.update({need.route.prefix: need for need in members if need.route is not None})
    return owners


def _owner(key: str, owners: dict[str, Need | None]) -> Need | None:
    """The innermost location that a key is in."""
    prefix = key
    while prefix := prefix[: prefix.rfind("/", 0, -1) + 1]:
        if prefix in owners:
            return owners[prefix]
    return owners.get("")


def _judge(need: Need, upload: OpenUpload, now: datetime, rules: _Rules) -> Unfinished | None:
    """What an upload is, and what became of it; None where it has ended meanwhile."""
    assert need.route is not None  # noqa: S101 -- it was found by its route
    backend, bucket = registry[need.route.backend], need.route.bucket
    try:
        sent = backend.sent_parts(bucket, upload.key, upload.id)
    except ObjectNotFoundError:
        return None
    touched = upload.begun if sent.latest is None else max(upload.begun, sent.latest)
    # Servers round the one up and the other down.
    idle = max(0, int((now - touched).total_seconds()))
    status, error = "young" if idle < rules.older_than else "found", ""
    if status == "found" and rules.delete:
        try:
            backend.abort_upload(bucket, upload.key, upload.id)
            status = "aborted"
        except TenantMinioError as failed:
            status, error = "failed", str(failed)
    name = upload.key.removeprefix(need.route.prefix)
    return Unfinished(name, upload.id, touched, idle, sent.count, sent.size, status, error)


def _staged(need: Need, rules: _Rules) -> Iterator[Unfinished]:
    """What lies in the staging of a location, and what became of it."""
    assert need.route is not None  # noqa: S101 -- one of those that have one
    backend, route = registry[need.route.backend], need.route
    for page in backend.walk(route.bucket, f"{route.prefix}{STAGING}/"):
        idle = {one: max(0, int((page.at - one.modified).total_seconds())) for one in page.objects}
        old = [one for one, seconds in idle.items() if seconds >= rules.older_than]
        errors = backend.delete_many(route.bucket, old) if old and rules.delete else {}
        for one, seconds in idle.items():
            error = errors.get(one.key, "")
            status = "young"
            if seconds >= rules.older_than:
                status = "failed" if error else "deleted" if rules.delete else "found"
            name = one.key.removeprefix(route.prefix)
            yield Unfinished(name, "", one.modified, seconds, 0, one.size, status, error)

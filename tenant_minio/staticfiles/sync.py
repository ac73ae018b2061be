"""Making a location hold these bytes: what is there already is not sent again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextvars import copy_context
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from django.core.files.base import ContentFile

from tenant_minio.backends.base import Stored
from tenant_minio.backends.write_options import WriteOptions
from tenant_minio.events import Operation
from tenant_minio.exceptions import PermissionDeniedError
from tenant_minio.staticfiles.staging import Item
from tenant_minio.storage.location import Location
from tenant_minio.storage.source import Source
from tenant_minio.storage.upload import part_size

_Answer = TypeVar("_Answer")
_PIECE = 256 * 1024


@dataclass(frozen=True, slots=True)
class Target:
    """Where files go, and how.

    Args:
        location: the place.
        there: those of the objects that are there, by name, that static files may be.
        force: send what is there already, too.
        dry_run: change nothing.
        workers: how many files that go whole are sent at a time. Those that go in parts are sent
            one after the other, so that the memory is bounded.
    """

    location: Location
    there: Mapping[str, Stored]
    force: bool = False
    dry_run: bool = False
    workers: int = 8

    def has(self, name: str, etags: Iterable[str]) -> bool:
        """Whether the object is there with one of these ETags."""
        stored = self.there.get(name)
        return not self.force and stored is not None and stored.etag in etags


def listing(location: Location, names: Container[str]) -> tuple[dict[str, Stored], datetime]:
    """The objects of a location that have one of these names, and when the cluster told of them.

    Raises MissingBucketError.
    """
    prefix = location.route.prefix
    found: dict[str, Stored] = {}
    at: datetime | None = None
    for page in location.backend.walk(location.route.bucket, prefix):
        at = at or page.at
        named = ((one.key.removeprefix(prefix), one) for one in page.objects)
        found |= {name: one for name, one in named if name in names}
    assert at is not None  # noqa: S101 -- there is at least one page
    return found, at


def outdated(
    location: Location, kept: Container[str], inner: tuple[str, ...], until: datetime
) -> Iterator[list[Stored]]:
    """The objects of a location that are no part of the new set, page by page.

    Args:
        location: the place.
        kept: the names of the new set.
        inner: prefixes below which all is another storage's.
        until: by the cluster's clock; what was stored more than a second later stays.
    """
    prefix = location.route.prefix
    for page in location.backend.walk(location.route.bucket, prefix):
        yield [
            one
            for one in page.objects
            if not one.key.startswith(inner)
            and (name := one.key.removeprefix(prefix))
            and name not in kept
            # Answers tell the time in whole seconds.
            and one.modified <= until + timedelta(seconds=1)
        ]


def send(target: Target, items: Mapping[str, Item]) -> set[str]:
    """Store the items that are not there yet, each whole or not at all.

    The first error ends it: what has not begun is not sent. Running it again goes on.

    Returns:
        The names that were stored, or in a dry run would have been.
    """
    sent: set[str] = set()
    large: list[str] = []

    def note(name: str, answer: bool | None) -> None:
        if answer is None:
            large.append(name)
        elif answer:
            sent.add(name)

    _each(items, lambda name: _send_small(target, name, items[name]), note, target.workers)
    sent.update(name for name in sorted(large) if _send_large(target, name, items[name]))
    return sent


def remove(location: Location, objects: Sequence[Stored]) -> None:
    """Delete up to 1,000 objects. Raises PermissionDeniedError where the cluster keeps one."""
    route = location.route
    kept = location.backend.delete_many(route.bucket, objects)
    for key, reason in kept.items():
        raise PermissionDeniedError(
            f"{route.backend}:{route.bucket}/{key} was not deleted: {reason}"
        )


def _send_small(target: Target, name: str, item: Item) -> bool | None:
    """Whether it was stored; None where it is too large for this."""
    options = target.location.write_options()
    most = options.multipart_threshold
    with item.open() as file:
        data = file.read(most + 1)
    if len(data) > most:
        return None
    if target.has(name, {hashlib.md5(data, usedforsecurity=False).hexdigest()}):
        return False
    if not target.dry_run:
        _store(target, name, item, ContentFile(data))
    return True


def _send_large(target: Target, name: str, item: Item) -> bool:
    options = target.location.write_options()
    if name in target.there and not target.force:
        with item.open() as file:
            if target.has(name, etags_of(file.read, options)):
                return False
    if not target.dry_run:
        with item.open() as file:
            _store(target, name, item, file)
    return True


def _store(target: Target, name: str, item: Item, content: Any) -> None:
    location = target.location.with_headers(item.headers)
    with location.watch(Operation.SAVE) as watch:
        source = Source(content, location.write_options())
        source.store(location, name, replace=True)
        watch.bytes = source.size


def etags_of(read: Callable[[int], bytes], options: WriteOptions) -> set[str]:
    """The ETags that these bytes have: sent whole, and sent in parts as this package does.

    An ETag is the MD5 of the bytes or, of a multipart upload, the MD5 of the MD5s of its parts and
    their number. With SSE-KMS or SSE-C it is neither, so such objects are always sent again.
    (https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html)
    """
    whole = hashlib.md5(usedforsecurity=False)
    digests: list[bytes] = []
    while True:
        part, missing = hashlib.md5(usedforsecurity=False), part_size(options, len(digests))
        size = missing
        while missing and (piece := read(min(missing, _PIECE))):
            whole.update(piece)
            part.update(piece)
            missing -= len(piece)
        if missing < size:
            digests.append(part.digest())
        if missing:
            break
    parts = hashlib.md5(b"".join(digests), usedforsecurity=False).hexdigest()
    return {whole.hexdigest(), f"{parts}-{len(digests)}"}


def _each(
    names: Iterable[str],
    work: Callable[[str], _Answer],
    note: Callable[[str, _Answer], None],
    workers: int,
) -> None:
    """Do the work for each name, several at a time; raises the first error and begins no more."""
    pool = ThreadPoolExecutor(workers, thread_name_prefix="tenant-minio-static")
    try:
        # A finder's storage may ask who the tenant is.
        futures = {pool.submit(copy_context().run, partial(work, name)): name for name in names}
        for future in as_completed(futures):
            note(futures[future], future.result())
    finally:
        pool.shutdown(cancel_futures=True)

"""Who saves an upload: one at a time, and once, also where a saver dies half-way.

A saver sets a mark beside the upload that only one can set, and renews it while it saves. Before
it stores a file it writes into the mark which one, and by which write token. A mark that was not
renewed for :data:`LEASE_SECONDS` is that of a dead one: whether its save went through, the token
of the file there tells. Where it did not, one other may set the next mark. Marks are numbered, so
that this needs no more of a server than If-None-Match.

Saver and successor each write their own mark and then look at the other's before they store
anything, so at least one of them finds the other and stops. Only who sleeps for the whole lease
between this look and the write that follows it is not found.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import copy_context
from dataclasses import dataclass
from threading import Event, Lock, Thread
from typing import Any, cast

from django.utils.translation import gettext_lazy as _

from tenant_minio.backends.base import Stored
from tenant_minio.exceptions import (
    ObjectExistsError,
    ObjectNotFoundError,
    TenantMinioError,
    UploadRefusedError,
    WriteOutcomeUnknownError,
)
from tenant_minio.storage.location import Location
from tenant_minio.storage.staging import USED, StagingLocation
from tenant_minio.storage.write import Write, announced, put_whole

# A renewal may be late or lost: four fit into a lease.
LEASE_SECONDS = 60
RENEW_SECONDS = 15
_NUMBER = re.compile(rf"[0-9a-f]{{32}}\.{USED}([0-9]*)")
_MOST_BYTES = 16 * 1024  # of a mark; names have at most 1024

USED_ALREADY = _("This upload is not there any more. Upload the file again.")
BUSY = _("This upload is being saved at the moment. Try again in a minute.")


@dataclass(frozen=True, slots=True)
class Mark:
    """That of the last one who saved an upload.

    Args:
        name: in staging.
        number: how many there were before.
        etag: another one after each renewal.
        idle: seconds since then, by the cluster's clock.
    """

    name: str
    number: int
    etag: str
    idle: float

    @property
    def is_alive(self) -> bool:
        """Whether it is still being saved, as far as anyone can tell."""
        return self.idle < LEASE_SECONDS


def is_mark(name: str) -> bool:
    """Whether a name in staging is that of a mark."""
    return _number(name) is not None


def _number(name: str) -> int | None:
    found = _NUMBER.fullmatch(name)
    return None if found is None else int(found[1] or 0)


def last_mark(listed: Iterable[tuple[str, Stored, float]]) -> Mark | None:
    """The last mark in what is listed of an upload; None where nobody saves it."""
    marks = [
        Mark(name, number, one.etag, idle)
        for name, one, idle in listed
        if (number := _number(name)) is not None
    ]
    return max(marks, key=lambda mark: mark.number, default=None)


def is_being_saved(listed: Iterable[tuple[str, Stored, float]]) -> bool:
    """Whether somebody saves the upload that this is listed of."""
    mark = last_mark(listed)
    return mark is not None and mark.is_alive


@contextmanager
def only_saver(
    place: StagingLocation, upload: str, staged: str, location: Location
) -> Iterator[None]:
    """Save an upload in this block, to ``location``.

    All that is staged of it is deleted once the block is done. Where it fails, the upload may be
    saved again at once; after the lease, where the mark cannot be taken away or nobody knows what
    became of the file.

    Args:
        place, upload: what is saved.
        staged: the name of its file in staging.
        location: where it is saved to.

    Raises:
        UploadRefusedError: it is being saved, or was.
    """
    before = last_mark(place.listed(upload))
    if before is not None:
        _require_dead(place, upload, before, location)
    saver = _Saver(place, upload, staged, before)
    saver.begin()
    try:
        with announced(saver.announce):
            yield
    except WriteOutcomeUnknownError:
        saver.stop()
        raise
    except BaseException:
        saver.stop()
        with suppress(TenantMinioError):
            place.delete(saver.mark)
        raise
    saver.stop()
    _clear(place, upload)


def _require_dead(place: StagingLocation, upload: str, mark: Mark, location: Location) -> None:
    """Refuse where the saver of this mark lives, or has stored the file."""
    if mark.is_alive:
        raise _busy()
    told = _read(place, mark.name)
    if not told:
        return
    if told["place"] != _named(location):
        # Whether it is there, only who saves to that place could ask.
        raise UploadRefusedError(USED_ALREADY, code="missing")
    try:
        token = location.head(told["name"]).token
    except ObjectNotFoundError:
        return
    if token == told["token"]:
        _clear(place, upload)
        raise UploadRefusedError(USED_ALREADY, code="missing")


def _read(place: StagingLocation, name: str) -> dict[str, Any]:
    """What a mark says; nothing where it is gone meanwhile."""
    try:
        _info, data = place.get_window(name, 0, _MOST_BYTES)
    except ObjectNotFoundError:
        return {}
    return cast("dict[str, Any]", json.loads(data)["told"])


def _named(location: Location) -> list[str]:
    route = location.route
    return [route.backend, route.bucket, route.prefix]


def _clear(place: StagingLocation, upload: str) -> None:
    """Delete what is staged, and after it the marks. What cannot be deleted now is swept."""
    with suppress(TenantMinioError):
        for name in sorted(place.stored(upload), key=is_mark):
            place.delete(name)


def _busy() -> UploadRefusedError:
    return UploadRefusedError(BUSY, code="busy")


class _Saver:
    """One who saves, and the mark that says so."""

    def __init__(
        self, place: StagingLocation, upload: str, staged: str, before: Mark | None
    ) -> None:
        self._place = place
        self._upload = upload
        self._staged = staged
        self._before = before
        self._number = 0 if before is None else before.number + 1
        self.mark = f"{upload}.{USED}{self._number or ''}"
        self._told: dict[str, Any] = {}
        self._writes = Lock()
        self._stopped = Event()
        # In the context of who saves, for what listens to clusters.
        self._renewing = Thread(target=copy_context().run, args=(self._renew,), daemon=True)

    def begin(self) -> None:
        """Set the mark, and renew it from now on. Raises UploadRefusedError."""
        try:
            self._write(replace=False)
        except ObjectExistsError:
            raise _busy() from None
        self._renewing.start()

    def announce(self, write: Write) -> None:
        """Say what is stored next, and refuse where another has taken over.

        Raises UploadRefusedError.
        """
        if write.location == self._place:
            return  # the mark itself
        with self._writes:
            self._told = {
                "place": _named(write.location),
                "name": write.name,
                "token": write.token,
            }
            self._write(replace=True)
        self._require_last()

    def _require_last(self) -> None:
        is_there = False
        for name, one, _idle in self._place.listed(self._upload):
            is_there |= name == self._staged
            number = _number(name)
            if number is None:
                continue
            before = self._before
            if number > self._number or (
                before is not None and number == before.number and one.etag != before.etag
            ):
                raise _busy()
        if not is_there:
            raise UploadRefusedError(USED_ALREADY, code="missing")

    def stop(self) -> None:
        """Renew the mark no more; what is on its way is waited for."""
        self._stopped.set()
        self._renewing.join()

    def _renew(self) -> None:
        while not self._stopped.wait(RENEW_SECONDS):
            with suppress(TenantMinioError), self._writes:
                self._write(replace=True)

    def _write(self, *, replace: bool) -> None:
        # Another text each time, and so another ETag.
        body = {"told": self._told, "nonce": secrets.token_hex(8)}
        put_whole(self._place, self.mark, json.dumps(body).encode(), replace=replace)

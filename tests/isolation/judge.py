"""Holds what the servers saw against a table of places that is written by hand."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from .labels import HARNESS, Labels, tenant_of
from .receiver import Seen

_DELIVERY_SECONDS = 20
_ABOUT_UPLOADS = {"part", "copy part", "end upload"}


class CrossedError(AssertionError):
    """A request touched what is not its tenant's, or nobody can say whose it is."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where one tenant's files are, and no other's."""

    cluster: str
    bucket: str
    prefix: str


@dataclass
class Judge:
    """Sees the logs of all servers. Knows nothing of the package under test.

    Args:
        table: the place of each tenant.
    """

    table: Mapping[str, Place]
    labels: Labels = field(default_factory=Labels)
    _seen: list[Seen] = field(default_factory=list)
    _arrived: threading.Condition = field(default_factory=threading.Condition)

    def take(self, seen: Seen) -> None:
        """A server has logged a call."""
        with self._arrived:
            self._seen.append(seen)
            self._arrived.notify_all()

    def seen(self) -> list[Seen]:
        """All calls that were made until now, once their logs have arrived.

        Each request carries a number of its own, and each number that was answered is waited for:
        several deliveries may overtake each other, so no last one could stand for all.
        """
        awaited = set(self.labels.sent)
        deadline = time.monotonic() + _DELIVERY_SECONDS
        with self._arrived:
            while missing := awaited - {seen.agent for seen in self._seen}:
                left = deadline - time.monotonic()
                if left <= 0 or not self._arrived.wait(left):
                    raise TimeoutError(f"The servers' logs lack {sorted(missing)[:5]}.")
            return list(self._seen)

    def forget(self) -> None:
        """Begin anew."""
        self.seen()
        with self._arrived:
            self._seen.clear()
        self.labels.forget()

    def counts(self) -> Counter[tuple[str, str]]:
        """How many calls of each kind each tenant made."""
        seen = self.seen()
        uploads = _owners(seen)
        return Counter((_owner(one, uploads) or "", one.kind) for one in seen)

    def tenants(self) -> set[str]:
        """Whom requests were made for."""
        return {tenant for tenant, _kind in self.counts()} & set(self.table)

    def verdict(self) -> None:
        """Raise CrossedError if any request touched what is not its tenant's."""
        seen = self.seen()
        uploads = _owners(seen)
        crossed = [
            fault
            for one in seen
            if one.bucket and (fault := self._fault(one, _owner(one, uploads))) is not None
        ]
        if crossed:
            raise CrossedError("\n".join([f"{len(crossed)} crossed:", *crossed[:10]]))

    def _fault(self, seen: Seen, tenant: str | None) -> str | None:
        if tenant == HARNESS:
            return None
        what = f"{seen.kind or 'a call'} of {seen.cluster}:{seen.path!r}, prefix {seen.prefix!r}"
        if tenant is None:
            return f"{what}: made for nobody"
        place = self.table.get(tenant)
        if place is None:
            return f"{what}: made for {tenant!r}, who has no place"
        if seen.others is None:
            return f"{what}: made for {tenant!r}; the log does not say what it touched"
        touched = list(_touched(seen))
        if seen.cluster == place.cluster and all(_holds(place, *one) for one in touched):
            return None
        return f"{what}, {seen.others}: made for {tenant!r}, whose place is {place}"


def _owners(seen: list[Seen]) -> dict[str, str]:
    """Whose each multipart upload is: parts come from other threads, which have no label."""
    return {
        one.upload: tenant
        for one in seen
        if one.kind == "end upload" and (tenant := tenant_of(one.agent)) is not None
    }


def _owner(seen: Seen, uploads: Mapping[str, str]) -> str | None:
    tenant = tenant_of(seen.agent)
    if tenant is None and seen.kind in _ABOUT_UPLOADS:
        return uploads.get(seen.upload)
    return tenant


def _touched(seen: Seen) -> Iterator[tuple[str, str | None]]:
    """Bucket and key, or the prefix of a listing with ``/`` at its end; None is the bucket."""
    if seen.kind == "list":
        yield seen.bucket, seen.prefix
    elif seen.kind == "bucket":
        yield seen.bucket, None
    elif seen.kind == "delete many":
        yield from ((seen.bucket, key) for key in seen.others or ())
    else:
        yield seen.bucket, seen.key
        for source in seen.others or ():
            bucket, _, key = source.partition("/")
            yield bucket, key


def _holds(place: Place, bucket: str, key: str | None) -> bool:
    if bucket != place.bucket:
        return False
    if key is None or key == place.prefix:
        return True
    # What a server may take for a way up is nobody's.
    straight = not {"", ".", ".."} & set(key.removesuffix("/").split("/"))
    return straight and key.startswith(place.prefix)

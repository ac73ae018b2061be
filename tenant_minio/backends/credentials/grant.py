"""One key as its source gave it, and how long it serves."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC
from functools import cached_property
from math import inf
from typing import Any, Self

from minio.credentials.credentials import Credentials

from tenant_minio.backends.signer import Signer

# A key with an end is renewed when a quarter of its life is left, and not used in its last minute
# (or the last tenth of a short life): clocks differ, and a request takes its time.
_RENEWED_WHEN_LEFT = 4
_UNUSED_SECONDS = 60.0
_UNUSED_WHEN_LEFT = 10
# One tenant's URLs have few signing times and lives at a time.
_KEPT_TERMS = 4


@dataclass(frozen=True)
class Grant:
    """A key, when it was asked for and how long it serves. Times are seconds since the epoch.

    Args:
        credentials: the key itself.
        region: of the buckets, for the signer.
        asked: when the source gave it, or failed to give another.
        renew: from then on another is asked for, while this one still serves.
        unused: from then on it does not serve.
        ends: when the server takes it no more.
        basis: what it was derived from, by identity; see :class:`Credential`.
        refused: the server takes it no more, and the source has no other.
    """

    credentials: Credentials = field(repr=False)
    region: str
    asked: float
    renew: float
    unused: float
    ends: float
    basis: object = field(repr=False)
    refused: bool = False

    @cached_property
    def signer(self) -> Signer:
        """Signs URLs with this key."""
        return Signer(
            access_key=self.credentials.access_key,
            secret_key=self.credentials.secret_key,
            session_token=self.credentials.session_token,
            region=self.region,
            kept_terms=_KEPT_TERMS,
        )

    def changed(self, **values: Any) -> Self:
        """The same key, with what was derived from it, and other values of the rest."""
        other = replace(self, **values)
        if "signer" in self.__dict__:
            other.__dict__["signer"] = self.signer
        return other

    def followed_by(self, new: Grant) -> Grant:
        """What serves from now on: a key that is given again stays the same object.

        Sources make it anew each time, while the keys that were derived from it are good as long
        as it is, and so are the URLs that it signed.
        """
        if not self.is_same_key(new.credentials):
            return new
        times = {"asked": new.asked, "renew": new.renew, "unused": new.unused, "ends": new.ends}
        return self.changed(**times, basis=new.basis, refused=new.refused)

    def is_same_key(self, other: Credentials) -> bool:
        """Whether the other would sign just so."""
        own = self.credentials
        return (own.access_key, own.secret_key, own.session_token) == (
            other.access_key,
            other.secret_key,
            other.session_token,
        )


def granted(
    credentials: Credentials, *, region: str, now: float, refresh: float, basis: object
) -> Grant:
    """A key that has just been given.

    Args:
        credentials: with its end, or without one.
        region: of the buckets.
        now: seconds since the epoch.
        refresh: after so many seconds the source of a key without an end is asked again.
        basis: see :class:`Grant`.
    """
    if credentials.expiration is None:
        return Grant(credentials, region, now, now + refresh, inf, inf, basis)
    ends = credentials.expiration.replace(tzinfo=UTC).timestamp()  # minio-py keeps it in UTC
    left = max(ends - now, 0.0)
    unused = ends - min(_UNUSED_SECONDS, left / _UNUSED_WHEN_LEFT)
    return Grant(credentials, region, now, ends - left / _RENEWED_WHEN_LEFT, unused, ends, basis)

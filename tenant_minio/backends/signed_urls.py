"""Signed URLs of one cluster, the same within a window and made once in it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from cachetools import LRUCache

from tenant_minio.backends.signer import Address, Query, Signer, signing_time

# Signer, method, bucket, key, life, parameters and signing time.
_Request = tuple[Signer, str, str, str, int, Query, int]


class SignedUrls:
    """Signs for one set of addresses, and keeps what was asked for last.

    So the URL depends on nothing but the signer, method, bucket, key, life, parameters and signing
    time, which are the key of the cache. The bucket and the key hold the tenant, since no two
    tenants share a location. Other credentials are another signer, and another endpoint takes
    another SignedUrls. The signing time begins the window, so a kept URL ends with its window.
    Safe to use from many threads.

    Args:
        signer: with the backend's own credentials.
        address: of a bucket.
        window: signing times are rounded down to this, in seconds; see :func:`signing_time`.
        size: how many URLs are kept; none if 0.
        clock: seconds since the epoch.
    """

    def __init__(
        self,
        signer: Signer,
        address: Callable[[str], Address],
        *,
        window: int,
        size: int,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.clock = clock
        self.signer = signer
        self._address = address
        self._window = window
        self._size = size
        self.forget()

    def forget(self) -> None:
        """Begin with an empty cache; in a forked child, whose parent may have held the lock."""
        self._lock = threading.Lock()
        self._kept: LRUCache[_Request, str] | None = LRUCache(self._size) if self._size else None

    def signing_time(self, expires: int) -> int:
        """When a URL that is asked for now, for ``expires`` seconds, is signed."""
        return signing_time(self.clock(), expires, self._window)

    def get(
        self,
        method: str,
        bucket: str,
        key: str,
        expires: int,
        query: Query,
        *,
        signed: tuple[Signer, int] | None = None,
    ) -> str:
        """A URL that is good for ``method``, for at most ``expires`` seconds from now.

        ``signed`` says with what and when, where that is not the signer of these URLs and now.
        """
        if signed is None:
            signer, at = self.signer, signing_time(self.clock(), expires, self._window)
        else:
            signer, at = signed
        request = (signer, method, bucket, key, expires, query, at)
        kept = self._kept
        if kept is None:
            return self._sign(request)
        with self._lock:
            # Looked for first: the KeyError of one that is not there takes 1 µs.
            if request in kept:
                return kept[request]
        # Outside the lock; two threads that sign the same at once get the same.
        url = self._sign(request)
        with self._lock:
            kept[request] = url
        return url

    def _sign(self, request: _Request) -> str:
        signer, method, bucket, key, expires, query, at = request
        address = self._address(bucket)
        return signer.presign(method, address, key, at=at, expires=expires, query=query)

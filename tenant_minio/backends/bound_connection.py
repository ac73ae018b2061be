"""The connections of a backend, used with the key for one route."""

from __future__ import annotations

from tenant_minio.backends.client import S3Client
from tenant_minio.backends.connection import Connection, SeenBuckets
from tenant_minio.backends.credentials.credential import Credential
from tenant_minio.backends.credentials.renewing import RenewingClient


class BoundConnection(Connection):
    """All that the shared connection has, but what depends on the key.

    Args:
        shared: of the backend.
        key: for the route.
        prefix: of the route.
    """

    def __init__(self, shared: Connection, key: Credential, prefix: str) -> None:
        self.__dict__.update(vars(shared))
        self.provider = self._key = key
        self._shared = shared
        self._opens_part = bool(prefix)
        self._clients = {}
        # What one key may see says nothing of what another may.
        self.seen = SeenBuckets(size=1)

    def _client(self, use: str) -> S3Client:
        shared = self._shared._client(use)  # noqa: SLF001 -- of this class's own kind
        own = self._clients.get(use)
        # The backend makes new pools after it was closed, and after a fork.
        if own is None or own._http is not shared._http:  # noqa: SLF001 -- the pool is ours, we gave it
            own = self._clients[use] = RenewingClient.of(shared, self._key)
        return own

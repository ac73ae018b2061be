"""Signed requests to one cluster, through connection pools made at first use."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from urllib3 import BaseHTTPResponse

from tenant_minio.backends.client import S3Client, make_client, make_pool
from tenant_minio.backends.errors import (
    CLIENT_ERRORS,
    missing_bucket,
    names_reason,
    translate,
)
from tenant_minio.backends.options import BackendOptions
from tenant_minio.exceptions import MissingBucketError, ObjectNotFoundError, TenantMinioError

# A probe asks one small thing of a server that may be hung.
_PROBE_SECONDS = 2.0
# Buckets remembered as existing; past that the memory starts anew.
_SEEN_BUCKETS = 4096


class Connection:
    """One pool per process for data, and one for short questions.

    Args:
        alias: the key in STORAGES, for errors.
        options: see :class:`BackendOptions`.
    """

    def __init__(self, alias: str, options: BackendOptions) -> None:
        self.alias = alias
        self.options = options
        self._clients: dict[str, S3Client] = {}
        self._lock = threading.Lock()
        self._seen_buckets: set[str] = set()

    @property
    def client(self) -> S3Client:
        """The client of this process, for data."""
        return self._client("data")

    @property
    def probe_client(self) -> S3Client:
        """A client that does not wait for long and tries once, for questions."""
        return self._client("probe")

    def _client(self, use: str) -> S3Client:
        client = self._clients.get(use)
        if client is not None:
            return client
        with self._lock:
            if use not in self._clients:
                limit = min(self.options.read_timeout, _PROBE_SECONDS)
                pool = (
                    make_pool(self.options)
                    if use == "data"
                    else make_pool(self.options, read_timeout=limit, retries=0)
                )
                self._clients[use] = make_client(self.options, pool)
            return self._clients[use]

    def close(self) -> None:
        """Close idle connections; the next request makes new ones."""
        with self._lock:
            clients, self._clients = self._clients, {}
        for client in clients.values():
            client._http.clear()  # noqa: SLF001 -- the pool is ours, we gave it

    def forget(self) -> None:
        """In a forked child: let go of what the parent still uses."""
        self._lock = threading.Lock()
        self._clients = {}

    def target(self, bucket: str, key: str = "") -> str:
        """How errors name a bucket or an object."""
        name = f"{self.alias}:{bucket}"
        return f"{name}/{key}" if key else name

    def request(
        self,
        method: str,
        bucket: str = "",
        key: str = "",
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        stream: bool = False,
        client: S3Client | None = None,
    ) -> BaseHTTPResponse:
        """One signed request; its answer is whole unless ``stream``."""
        try:
            response: BaseHTTPResponse = (client or self.client)._execute(  # noqa: SLF001 -- the public calls send no conditions
                method=method,
                bucket_name=bucket or None,
                object_name=key or None,
                body=body,
                headers=dict(headers or {}),
                query_params=dict(query or {}),
                preload_content=not stream,
            )
        except CLIENT_ERRORS as error:
            raise self.translated(error, method, bucket, key, client) from error
        if bucket:
            self.saw(bucket)
        return response

    def saw(self, bucket: str) -> None:
        """Remember that this bucket exists."""
        if bucket not in self._seen_buckets:
            if len(self._seen_buckets) >= _SEEN_BUCKETS:
                self._seen_buckets.clear()
            self._seen_buckets.add(bucket)

    def translated(
        self,
        error: Exception,
        method: str,
        bucket: str,
        key: str = "",
        client: S3Client | None = None,
    ) -> TenantMinioError:
        """The error of this package for what the client raised."""
        found = translate(error, method=method, target=self.target(bucket, key))
        if not isinstance(found, ObjectNotFoundError) or method != "HEAD":
            return found
        # A HEAD has no body to say why; MinIO says it in a header, others leave it open.
        if names_reason(error) or bucket in self._seen_buckets:
            return found
        return found if self.bucket_exists(bucket, client) else missing_bucket(self.target(bucket))

    def bucket_exists(self, bucket: str, client: S3Client | None = None) -> bool:
        """Whether there is such a bucket; refused credentials raise, also where a HEAD hides it."""
        try:
            self.request("HEAD", bucket, client=client)
        except MissingBucketError as error:
            if names_reason(error.__cause__):
                return False
        else:
            return True
        # The answer to a GET has a body, which tells a missing bucket from an unknown key.
        try:
            query = {"list-type": "2", "max-keys": "1", "prefix": ""}
            self.request("GET", bucket, query=query, client=client)
        except MissingBucketError:
            return False
        return True

"""Signed requests to one cluster, through connection pools made at first use."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import cast

from cachetools import TTLCache
from minio import time as minio_time
from urllib3 import BaseHTTPResponse
from urllib3.exceptions import HTTPError

from tenant_minio.backends.circuit import Traffic
from tenant_minio.backends.client import (
    READING,
    S3Client,
    ask_health,
    forget_sockets,
    make_client,
    make_pool,
)
from tenant_minio.backends.credentials.credential import Credential
from tenant_minio.backends.credentials.renewing import RenewingClient
from tenant_minio.backends.credentials.sources import own_provider
from tenant_minio.backends.encryption import CUSTOMER_ALGORITHM
from tenant_minio.backends.errors import (
    CLIENT_ERRORS,
    is_s3,
    missing_bucket,
    names_reason,
    outage_of,
    outage_of_status,
    translate,
)
from tenant_minio.backends.gate import Gate
from tenant_minio.backends.options import BackendOptions
from tenant_minio.backends.sent_file import SentFile
from tenant_minio.exceptions import (
    MissingBucketError,
    ObjectNotFoundError,
    PermissionDeniedError,
    TenantMinioError,
    UnexpectedResponseError,
    UnsupportedFeatureError,
)

_SEEN_BUCKETS = 4096
# For so long a bucket may be gone, or a key revoked, before a missing file is told from that.
SEEN_SECONDS = 10.0


class SeenBuckets:
    """The buckets that answered a moment ago, so that a missing file there costs one request.

    Only where a HEAD does not say whether the file or the bucket is missing (any server but
    MinIO). Safe to use from many threads.

    Args:
        timer: seconds, monotonic.
        size: how many are remembered.
    """

    def __init__(
        self, timer: Callable[[], float] = time.monotonic, *, size: int = _SEEN_BUCKETS
    ) -> None:
        self._seen: TTLCache[str, bool] = TTLCache(size, SEEN_SECONDS, timer=timer)
        self._lock = threading.Lock()

    def add(self, bucket: str) -> None:
        """It answers, now."""
        with self._lock:
            self._seen[bucket] = True

    def discard(self, bucket: str) -> None:
        """It is gone, or closed to this key."""
        with self._lock:
            self._seen.pop(bucket, None)

    def __contains__(self, bucket: str) -> bool:
        with self._lock:
            return bucket in self._seen


class Connection:
    """One pool per process for data, and one for short questions.

    Args:
        alias: the key in STORAGES, for errors.
        options: see :class:`BackendOptions`.

    Attributes:
        provider: of the key that requests are signed with.
    """

    def __init__(self, alias: str, options: BackendOptions) -> None:
        self.alias = alias
        self.options = options
        self.provider = own_provider(alias, options)
        # Whether the key is for a part of a bucket, and so may not ask for the bucket.
        self._opens_part = False
        self._clients: dict[str, S3Client] = {}
        self._lock = threading.Lock()
        self.seen = SeenBuckets()
        self.gate = Gate(alias, options, self._trial)

    @property
    def client(self) -> S3Client:
        """The client of this process, for data."""
        return self._client("data")

    @property
    def probe_client(self) -> S3Client:
        """A client that does not wait for long and tries once, for questions.

        It passes the gate by: what became of a write is asked, and what began is cleaned up, also
        of a cluster that fails.
        """
        return self._client("probe")

    def _client(self, use: str) -> S3Client:
        client = self._clients.get(use)
        if client is not None:
            return client
        with self._lock:
            if use not in self._clients:
                probe = use == "probe"
                pool = make_pool(self.options, probe=probe)
                gate = None if probe else self.gate
                client = make_client(self.options, pool, self.provider, gate)
                if isinstance(self.provider, Credential):
                    client = RenewingClient.of(client, self.provider)
                self._clients[use] = client
            return self._clients[use]

    def _trial(self, traffic: Traffic) -> str:
        """Whether a cluster that failed such requests is well again: why not, or nothing.

        A short question of its own, and not the request that came along: nobody waits longer than
        a moment, and no write is put at risk.
        """
        try:
            status = ask_health(self.options, self.probe_client._http, traffic).status  # noqa: SLF001 -- the pool is ours, we gave it
        except HTTPError as error:
            outage = outage_of(error)
            return type(error).__name__ if outage is None else outage.cause
        outage = outage_of_status(status)
        return "" if outage is None else outage.cause

    def close(self) -> None:
        """Close idle connections; the next request makes new ones."""
        with self._lock:
            clients, self._clients = self._clients, {}
        for client in clients.values():
            client._http.clear()  # noqa: SLF001 -- the pool is ours, we gave it

    def forget(self) -> None:
        """In a forked child: let go of what the parent still uses."""
        self._lock = threading.Lock()
        self.seen = SeenBuckets()
        self.gate.forget()
        self.forget_key()
        # A pool that the options gave, or that others hold as well, lives on in the child.
        forget_sockets(self.options, (client._http for client in self._clients.values()))  # noqa: SLF001 -- the pool is ours, we gave it
        self._clients = {}

    def forget_key(self) -> None:
        """In a forked child: see :meth:`Credential.forget`."""
        if isinstance(self.provider, Credential):
            self.provider.forget()

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
        body: bytes | SentFile | None = None,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        stream: bool = False,
        client: S3Client | None = None,
        patient: bool = False,
    ) -> BaseHTTPResponse:
        """One signed request; its answer is whole unless ``stream``. ``patient``: see the gate.

        Raises UnsupportedFeatureError for a customer's key (SSE-C) that would go in clear text.
        """
        self._refuse_clear_key(bucket, headers)
        speaker = client or self.client
        used = self.provider.retrieve()

        def send() -> BaseHTTPResponse:
            response: BaseHTTPResponse = speaker._execute(  # noqa: SLF001 -- the public calls send no conditions
                method=method,
                bucket_name=bucket or None,
                object_name=key or None,
                body=cast("bytes | None", body),  # S3Client takes files, too
                headers=dict(headers or {}),
                query_params=dict(query or {}),
                preload_content=not stream,
            )
            return response

        try:
            if speaker.gate is None:
                response = send()
            else:
                traffic = Traffic.READS if method in READING else Traffic.WRITES
                response = speaker.gate.send(
                    send, self.target(bucket, key), traffic, patient=patient
                )
        except CLIENT_ERRORS as error:
            found = self.translated(error, method, bucket, key, client)
            hidden = method == "HEAD" and isinstance(found, ObjectNotFoundError)
            if hidden and self.provider.retrieve() is not used:
                # VersityGW hides a refused key behind a missing file, and the question after the
                # bucket got another key.
                return self.request(
                    method, bucket, key, headers=headers, query=query, client=client
                )
            raise found from error
        if bucket:
            self.seen.add(bucket)
        return response

    def _refuse_clear_key(self, bucket: str, headers: Mapping[str, str] | None) -> None:
        if headers and CUSTOMER_ALGORITHM in headers and not self.options.secure:
            raise UnsupportedFeatureError(
                f"{self.target(bucket)}: encryption with a customer's key (SSE-C) sends the key "
                f"with every request, and this backend speaks plain HTTP. Set 'secure' to True."
            )

    def translated(
        self,
        error: Exception,
        method: str,
        bucket: str,
        key: str = "",
        client: S3Client | None = None,
    ) -> TenantMinioError:
        """The error of this package for what the client raised."""
        found = self._translated(error, method, bucket, key, client)
        if isinstance(found, MissingBucketError | PermissionDeniedError):
            self.seen.discard(bucket)
        return found

    def _translated(
        self, error: Exception, method: str, bucket: str, key: str, client: S3Client | None
    ) -> TenantMinioError:
        found = translate(
            error, method=method, target=self.target(bucket, key), now=minio_time.utcnow()
        )
        if not isinstance(found, ObjectNotFoundError) or method != "HEAD":
            return found
        # A HEAD has no body to say why; MinIO says it in a header, others leave it open.
        if names_reason(error):
            return found
        if not is_s3(error):
            return self._missing_in_words(bucket, key, client) or UnexpectedResponseError(
                f"{self.target(bucket, key)}: HEAD says that there is no such file, GET gives it. "
                f"Look for what stands between here and the cluster."
            )
        if bucket in self.seen:
            return found
        if self._opens_part:
            why = self._missing_in_words(bucket, key, client) or found
            if isinstance(why, ObjectNotFoundError):
                self.seen.add(bucket)
            return why
        if self.bucket_exists(bucket, client):
            return found
        return missing_bucket(self.target(bucket))

    def _missing_in_words(
        self, bucket: str, key: str, client: S3Client | None
    ) -> TenantMinioError | None:
        """Why a HEAD gave a 404, which the body of a GET tells; None where the file is there."""
        try:
            headers = {"Range": "bytes=0-0"}
            answer = self.request("GET", bucket, key, headers=headers, stream=True, client=client)
        except TenantMinioError as error:
            return error
        answer.close()
        answer.release_conn()
        return None

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
            query = {"list-type": "2", "max-keys": "1"}
            self.request("GET", bucket, query=query, client=client)
        except MissingBucketError:
            return False
        return True

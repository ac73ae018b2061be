"""The HTTP pool and S3 client of one backend: time limits, retries, TLS."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from typing import Any, cast
from urllib.parse import urlunsplit
from xml.etree.ElementTree import ParseError

import certifi
from django.utils.module_loading import import_string
from minio import Minio
from minio.credentials.providers import Provider
from minio.error import InvalidResponseError
from urllib3 import BaseHTTPResponse, PoolManager, ProxyManager, Retry, Timeout

from tenant_minio.backends.circuit import Traffic
from tenant_minio.backends.errors import never_sent, ran_out_of_time
from tenant_minio.backends.gate import Gate
from tenant_minio.backends.one_send import POOL_CLASSES
from tenant_minio.backends.options import BackendOptions
from tenant_minio.backends.request_signer import RequestSigner
from tenant_minio.backends.sent_file import SentFile

# https://min.io/docs/minio/linux/operations/monitoring/healthcheck-probe.html
_MINIO_HEALTH = {
    Traffic.READS: "/minio/health/cluster/read",
    Traffic.WRITES: "/minio/health/cluster",
}
_PROBE_SECONDS = 2.0
# What only reads may be sent again, whatever became of it (RFC 9110, 9.2.1).
READING = frozenset({"GET", "HEAD"})


class S3Client(Minio):
    """minio-py's client, with another signer, and without a finaliser that empties its pool.

    Other clients may share the pool; the backend that made it closes it.

    Attributes:
        gate: what its requests pass; None for short questions, which are asked whatever is known.
        write_retries: of requests that write, where the pool may not be trusted with these.
    """

    gate: Gate | None = None
    write_retries: BoundedRetry | None = None

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._signer = RequestSigner()

    def __del__(self) -> None:
        """Leave the pool alone."""

    def _url_open(  # noqa: PLR0917 -- minio-py's signature
        self,
        method: str,
        region: str,
        bucket_name: str | None = None,
        object_name: str | None = None,
        body: bytes | SentFile | None = None,
        headers: Any = None,
        query_params: Any = None,
        preload_content: bool = True,
        no_body_trace: bool = False,
    ) -> BaseHTTPResponse:
        """As minio-py's own, which derives the key of the day anew for each request.

        It also sends bytes only; a file is read as it is sent, each time from its beginning.
        """
        credentials = cast("Provider", self._provider).retrieve()
        url = self._base_url.build(
            method=method,
            region=region,
            bucket_name=bucket_name,
            object_name=object_name,
            query_params=query_params,
        )
        file = body if isinstance(body, SentFile) else None
        data = cast("bytes | None", body if file is None else None)
        made, _date = self._build_headers(url.netloc, headers, data, credentials)
        sent = cast("dict[str, str]", made)
        if file is not None:
            sent |= {"Content-Length": str(file.size), "x-amz-content-sha256": file.sha256}
            file.file.seek(0)
        sent["Authorization"] = self._signer.authorization(
            method,
            url,
            sent,
            access_key=credentials.access_key,
            secret_key=credentials.secret_key,
            region=region,
        )
        bounds: dict[str, Any] = {}
        if self.write_retries is not None and method not in READING:
            bounds["retries"] = self.write_retries
        answer: BaseHTTPResponse = self._http.urlopen(
            method,
            urlunsplit(url),
            body=data if file is None else file.file,
            headers=sent,
            preload_content=preload_content,
            **bounds,
        )
        if answer.status in {200, 204, 206}:
            return answer
        # What an error is made of is minio-py's affair: it is given this answer to read.
        reader = copy(self)
        reader._http = cast("PoolManager", _Answered(answer))  # noqa: SLF001 -- of its own kind
        try:
            return super(S3Client, reader)._url_open(
                method,
                region,
                bucket_name=bucket_name,
                object_name=object_name,
                query_params=query_params,
                preload_content=preload_content,
            )
        except (ValueError, ParseError):
            # It fails over what is no XML or not in UTF-8, and over a 409 to a HEAD.
            kind = answer.headers.get("content-type")
            raise InvalidResponseError(answer.status, kind, None) from None


class _Answered:
    """Stands for a pool, and gives an answer that is there already."""

    def __init__(self, answer: BaseHTTPResponse) -> None:
        self._answer = answer

    def urlopen(self, *_args: Any, **_kwargs: Any) -> BaseHTTPResponse:
        return self._answer


class BoundedRetry(Retry):
    """Retries what was refused or failed at once, never what has used up its time limit.

    So a hung server costs one time limit and not several. Only GET and HEAD are sent again after
    they were on their way: a PUT is retried above, where its write token tells what became of it.
    urllib3 itself asks for the method after some errors only, and not after those of TLS.
    """

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: Any = None,
        error: Exception | None = None,
        _pool: Any = None,
        _stacktrace: Any = None,
    ) -> BoundedRetry:
        if error is not None:
            repeatable = method in READING or never_sent(error)
            if not repeatable or ran_out_of_time(error):
                raise error
        return super().increment(method, url, response, error, _pool, _stacktrace)


class _WriteLimit(PoolManager):
    """Keeps a part of a write's time limit for the question what became of it."""

    write_timeout: Timeout | None = None

    def urlopen(  # type: ignore[override]  # as PoolManager itself does with HTTPConnectionPool
        self, method: str, url: str, redirect: bool = True, **kw: Any
    ) -> BaseHTTPResponse:
        if self.write_timeout is not None and method in {"PUT", "POST"}:
            kw.setdefault("timeout", self.write_timeout)
        return super().urlopen(method, url, redirect=redirect, **kw)


class _Pool(_WriteLimit):
    """Straight to the cluster."""


class _ProxyPool(_WriteLimit, ProxyManager):
    """Through an HTTP proxy."""


def probe_limit(options: BackendOptions) -> float:
    """Seconds that a question to a server that may hang gets, out of ``read_timeout``."""
    return min(_PROBE_SECONDS, options.read_timeout / 4)


def make_pool(options: BackendOptions, *, probe: bool = False) -> PoolManager:
    """A pool that bounds idle connections and never blocks.

    A pool that blocks deadlocks as soon as more readers are open than it holds.

    Args:
        options: of the backend.
        probe: for short questions, which are asked once and wait for :func:`probe_limit`.
    """
    if options.http_client is not None:
        return _custom_pool(options.http_client)
    limit = probe_limit(options)
    read_timeout = limit if probe else options.read_timeout
    settings: dict[str, Any] = {
        "num_pools": 4,
        "maxsize": options.pool_size,
        "block": False,
        "timeout": Timeout(connect=options.connect_timeout, read=read_timeout),
        "retries": _retries(0 if probe else options.retries),
        "cert_reqs": "CERT_REQUIRED" if options.verify else "CERT_NONE",
        "ca_certs": options.ca_certs or certifi.where(),
    }
    pool = _ProxyPool(options.proxy, **settings) if options.proxy else _Pool(**settings)
    pool.pool_classes_by_scheme = POOL_CLASSES
    if not probe:
        pool.write_timeout = Timeout(
            connect=options.connect_timeout, read=options.read_timeout - limit
        )
    return pool


def _retries(total: int) -> BoundedRetry:
    return BoundedRetry(
        total=total,
        redirect=False,
        allowed_methods=READING,
        status_forcelist=frozenset({500, 502, 503, 504}),
        backoff_factor=0.1,
        raise_on_status=False,
        respect_retry_after_header=False,
    )


def _custom_pool(given: Any) -> PoolManager:
    found = _imported(given)
    pool: PoolManager = found if isinstance(found, PoolManager) else found()
    return pool


def _imported(given: Any) -> Any:
    return import_string(given) if isinstance(given, str) else given


def forget_sockets(options: BackendOptions, used: Iterable[PoolManager]) -> None:
    """In a forked child: leave the parent's sockets to the parent, and the pools usable.

    Two processes that read one socket get each other's answers. The sockets are let go and not
    shut down, which the parent's server would hear.

    Args:
        options: a pool that they give may have been used by others than the backend.
        used: the pools of the backend's clients.
    """
    given = _imported(options.http_client)
    for pool in {*used, *([given] if isinstance(given, PoolManager) else [])}:
        old = pool.pools
        # Fresh, also for its lock, which another thread of the parent may hold.
        pool.pools = type(old)(old._maxsize, dispose_func=old.dispose_func)  # noqa: SLF001 -- it has no public name


def make_client(
    options: BackendOptions, pool: PoolManager, provider: Provider, gate: Gate | None
) -> S3Client:
    """A client that speaks through ``pool`` with the key of ``provider``.

    It passes ``gate`` where there is one.
    """
    client = S3Client(
        endpoint=options.endpoint,
        credentials=provider,
        secure=options.secure,
        region=options.region,
        http_client=pool,
    )
    client.gate = gate
    if options.http_client is not None:
        # By urllib3's defaults it would repeat a PUT or DELETE whose answer was lost.
        client.write_retries = _retries(options.retries)
    return client


def ask_health(
    options: BackendOptions, pool: PoolManager, traffic: Traffic = Traffic.WRITES
) -> BaseHTTPResponse:
    """The answer of MinIO's health page, or of another server to that path; without its body.

    Args:
        options: of the backend.
        pool: that it is asked through.
        traffic: what it is to be healthy for. What can be written can be read.

    Raises urllib3's HTTPError.
    """
    scheme = "https" if options.secure else "http"
    url = f"{scheme}://{options.endpoint}{_MINIO_HEALTH[traffic]}"
    # What a stranger sends as a body is not read.
    answer = pool.urlopen("GET", url, preload_content=False)
    answer.close()
    answer.release_conn()
    return answer

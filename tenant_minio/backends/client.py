"""The HTTP pool and S3 client of one backend: time limits, retries, TLS."""

from __future__ import annotations

from typing import Any, NoReturn

import certifi
from django.utils.module_loading import import_string
from minio import Minio
from urllib3 import PoolManager, ProxyManager, Retry, Timeout
from urllib3.exceptions import ConnectTimeoutError, ReadTimeoutError

from tenant_minio.backends.options import BackendOptions


class S3Client(Minio):
    """minio-py's client, less a finaliser that empties the pool other clients may share."""

    def __del__(self) -> None:
        """Leave the pool alone: the backend that made it closes it."""


class BoundedRetry(Retry):
    """Retries what was refused or failed at once, never what has used up its time limit.

    So a hung server costs one time limit and not several. Only GET and HEAD are sent again after
    they were on their way: a PUT is retried above, where its write token tells what became of it.
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
        if isinstance(error, ConnectTimeoutError | ReadTimeoutError):
            _raise(error)
        return super().increment(method, url, response, error, _pool, _stacktrace)


def _raise(error: Exception) -> NoReturn:
    raise error


def make_pool(
    options: BackendOptions, *, read_timeout: float | None = None, retries: int | None = None
) -> PoolManager:
    """A pool that bounds idle connections and never blocks.

    A pool that blocks deadlocks as soon as more readers are open than it holds.

    Args:
        options: of the backend.
        read_timeout: seconds, instead of the options' own.
        retries: instead of the options' own.
    """
    if options.http_client is not None:
        return _custom_pool(options.http_client)
    count = options.retries if retries is None else retries
    settings: dict[str, Any] = {
        "num_pools": 4,
        "maxsize": options.pool_size,
        "block": False,
        "timeout": Timeout(
            connect=options.connect_timeout, read=read_timeout or options.read_timeout
        ),
        "retries": BoundedRetry(
            total=count,
            redirect=False,
            allowed_methods=frozenset({"GET", "HEAD"}),
            status_forcelist=frozenset({500, 502, 503, 504}),
            backoff_factor=0.1,
            raise_on_status=False,
            respect_retry_after_header=False,
        ),
        "cert_reqs": "CERT_REQUIRED" if options.verify else "CERT_NONE",
        "ca_certs": options.ca_certs or certifi.where(),
    }
    if options.proxy:
        return ProxyManager(options.proxy, **settings)
    return PoolManager(**settings)


def _custom_pool(given: Any) -> PoolManager:
    found = import_string(given) if isinstance(given, str) else given
    pool: PoolManager = found if isinstance(found, PoolManager) else found()
    return pool


def make_client(options: BackendOptions, pool: PoolManager) -> S3Client:
    """A client that speaks through ``pool``."""
    return S3Client(
        endpoint=options.endpoint,
        access_key=options.access_key,
        secret_key=options.secret_key,
        session_token=options.session_token,
        secure=options.secure,
        region=options.region,
        http_client=pool,
    )

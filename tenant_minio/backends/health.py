"""Whether a cluster can be used now, for MinIO and for other S3 servers."""

from __future__ import annotations

from dataclasses import dataclass

from urllib3 import BaseHTTPResponse
from urllib3.exceptions import HTTPError, MaxRetryError

from tenant_minio.backends.base import Health
from tenant_minio.backends.circuit import Traffic
from tenant_minio.backends.client import ask_health
from tenant_minio.backends.connection import Connection
from tenant_minio.backends.errors import brief, code_of
from tenant_minio.exceptions import PermissionDeniedError, TenantMinioError

# The root element of a listing of buckets stands in these.
_LISTING_BYTES = 512


def probe(connection: Connection) -> Health:
    """Ask MinIO for its own word; ask any server whether it takes the credentials.

    Raises nothing, whatever comes: who asks wants to know of one cluster among others.
    """
    try:
        return _probe(connection)
    except Exception as error:  # noqa: BLE001 -- see above; its text may hold what options hold
        detail = f"cannot be asked: {type(error).__name__}"
        return Health(available=False, server="", detail=detail)


def _probe(connection: Connection) -> Health:
    try:
        answer = _ask(connection, Traffic.WRITES)
        failing = answer.status if answer.status >= 500 else 0
        if failing:
            answer = _ask(connection, Traffic.READS)
    except HTTPError as error:
        reason = error.reason if isinstance(error, MaxRetryError) else error
        return Health(available=False, server="", detail=f"cannot be reached: {brief(reason)}")
    healthy = answer.status == 200 and _is_minio(answer.headers)
    if failing and not healthy:
        detail = f"answers, but says that it is not healthy (status {failing})"
        server = "minio" if _is_minio(answer.headers) else ""
        return Health(available=False, server=server, detail=detail)
    server = "minio" if healthy else "s3"
    fault = _fault(connection)
    if fault is not None:
        return Health(available=False, server=server if fault.is_s3 else "", detail=fault.detail)
    # A cluster that was not asked any more may be asked again.
    connection.gate.breakers.reads.close()
    if failing:
        detail = f"can be read, but says that it cannot be written (status {failing})"
        return Health(available=False, server=server, detail=detail, read_only=True)
    connection.gate.breakers.writes.close()
    return Health(available=True, server=server, detail="healthy, and takes the credentials")


def _ask(connection: Connection, traffic: Traffic) -> BaseHTTPResponse:
    return ask_health(connection.options, connection.probe_client._http, traffic)  # noqa: SLF001 -- the pool is ours, we gave it


@dataclass(frozen=True, slots=True)
class _Fault:
    """Why a server that seems well cannot be used."""

    detail: str
    is_s3: bool = True


def _fault(connection: Connection) -> _Fault | None:
    """Whether it takes the credentials, as an S3 server does."""
    try:
        listing = connection.request("GET", client=connection.probe_client, stream=True)
        start = listing.read(_LISTING_BYTES)
        listing.close()
        listing.release_conn()
    except PermissionDeniedError as error:
        # A key that may not list buckets is a good key all the same.
        return None if code_of(error.__cause__) == "AccessDenied" else _Fault(str(error))
    except TenantMinioError as error:
        return _Fault(str(error))
    # A web server that welcomes everybody takes any credentials.
    if b"ListAllMyBucketsResult" not in start:
        return _Fault(
            "answers, but is no S3 server: it lists no buckets. Check 'endpoint'.", is_s3=False
        )
    return None


def _is_minio(headers: object) -> bool:
    return "minio" in str(dict(headers).get("Server", "")).lower()  # type: ignore[call-overload]

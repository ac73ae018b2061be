"""Whether a cluster can be used now, for MinIO and for other S3 servers."""

from __future__ import annotations

from urllib3.exceptions import HTTPError, MaxRetryError

from tenant_minio.backends.base import Health
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
    client = connection.probe_client
    try:
        answer = ask_health(connection.options, client._http)  # noqa: SLF001 -- the pool is ours, we gave it
    except HTTPError as error:
        reason = error.reason if isinstance(error, MaxRetryError) else error
        return Health(available=False, server="", detail=f"cannot be reached: {brief(reason)}")
    if answer.status >= 500:
        detail = f"answers, but says that it is not healthy (status {answer.status})"
        server = "minio" if _is_minio(answer.headers) else ""
        return Health(available=False, server=server, detail=detail)
    server = "minio" if answer.status == 200 and _is_minio(answer.headers) else "s3"
    try:
        listing = connection.request("GET", client=client, stream=True)
        start = listing.read(_LISTING_BYTES)
        listing.close()
        listing.release_conn()
        # A web server that welcomes everybody takes any credentials.
        if b"ListAllMyBucketsResult" not in start:
            detail = "answers, but is no S3 server: it lists no buckets. Check 'endpoint'."
            return Health(available=False, server="", detail=detail)
    except PermissionDeniedError as error:
        # A key that may not list buckets is a good key all the same.
        if code_of(error.__cause__) != "AccessDenied":
            return Health(available=False, server=server, detail=str(error))
    except TenantMinioError as error:
        return Health(available=False, server=server, detail=str(error))
    # A cluster that was not asked any more may be asked again.
    connection.gate.breaker.close()
    return Health(available=True, server=server, detail="healthy, and takes the credentials")


def _is_minio(headers: object) -> bool:
    return "minio" in str(dict(headers).get("Server", "")).lower()  # type: ignore[call-overload]

"""From what minio-py and urllib3 raise to the errors of this package.

S3's codes: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
"""

from __future__ import annotations

from xml.etree.ElementTree import ParseError

from minio.error import InvalidResponseError, MinioException, S3Error, ServerError
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    MaxRetryError,
    NewConnectionError,
    ProxyError,
    ReadTimeoutError,
    SSLError,
)

from tenant_minio.exceptions import (
    BackendUnavailableError,
    MissingBucketError,
    ObjectChangedError,
    ObjectExistsError,
    ObjectNotFoundError,
    PermissionDeniedError,
    TenantMinioError,
    UnexpectedResponseError,
)

CLIENT_ERRORS = (MinioException, HTTPError, ParseError)

# Nothing was sent when one of these ended the attempt.
_NEVER_SENT = (NewConnectionError, ConnectTimeoutError, ProxyError, SSLError)

_REMEDIES = {
    "InvalidAccessKeyId": "The cluster does not know the access key: check 'access_key'.",
    # VersityGW's word for the same, with a 404.
    "XAdminUserNotFound": "The cluster does not know the access key: check 'access_key'.",
    "SignatureDoesNotMatch": "The secret does not fit the access key: check 'secret_key'.",
    "ExpiredToken": "The session token has expired: renew 'session_token'.",
    "RequestTimeTooSkewed": "The clocks of this machine and the cluster differ: set them right.",
}


def status_of(error: BaseException | None) -> int | None:
    """The HTTP status that a client error carries, if it carries one."""
    if isinstance(error, S3Error):
        return error.response.status
    if isinstance(error, ServerError):
        return error.status_code
    if isinstance(error, InvalidResponseError):
        code: int = error._code  # noqa: SLF001 -- it has no public name
        return code
    return None


def code_of(error: BaseException | None) -> str:
    """S3's word for the error; on HEAD, which has no body, the one of MinIO's header."""
    if not isinstance(error, S3Error):
        return ""
    return error.response.headers.get("x-minio-error-code") or error.code or ""


def names_reason(error: BaseException | None) -> bool:
    """Whether the answer to a HEAD said why, as MinIO's do."""
    return isinstance(error, S3Error) and "x-minio-error-code" in error.response.headers


def translate(error: Exception, *, method: str, target: str) -> TenantMinioError:
    """The error of this package that says what ``error`` says.

    Args:
        error: what the client raised.
        method: of the request, which tells what a failed precondition was about.
        target: alias, bucket and key, for the message.
    """
    status = status_of(error)
    code = code_of(error)
    if status is None:
        if isinstance(error, HTTPError):
            return _unreachable(error, target)
        return UnexpectedResponseError(
            f"{target}: the cluster's answer was not understood: {error}"
        )
    if status == 200:  # an error in the body of an answer that had begun before it was known
        status = 412 if code == "PreconditionFailed" else 500
    if status >= 500 or status == 429:
        return BackendUnavailableError(
            f"{target}: the cluster failed with {status} {code or 'and no reason'}. Try again; if "
            f"it stays, look at the cluster."
        )
    if status == 404:
        if code == "NoSuchBucket":
            return missing_bucket(target)
        if code in {"NoSuchKey", "NotFound"}:
            return ObjectNotFoundError(f"{target}: there is no such file.")
    if status == 412:
        if method == "GET":
            return ObjectChangedError(
                f"{target}: the file was replaced while it was being read. Open it again."
            )
        return ObjectExistsError(f"{target}: there is such a file already.")
    if status in {401, 403} or code in _REMEDIES:
        remedy = _REMEDIES.get(code, "Check what its policy lets this access key do there.")
        return PermissionDeniedError(
            f"{target}: the cluster refused {method} with {code or status}. {remedy}"
        )
    message = error.message if isinstance(error, S3Error) else str(error)
    return UnexpectedResponseError(f"{target}: {method} gave {status} {code}: {message}")


def missing_bucket(target: str) -> MissingBucketError:
    """The cluster answers, the bucket is not there."""
    return MissingBucketError(
        f"{target}: the bucket does not exist. Run `manage.py initialize_buckets`, with --tenant "
        f"for a tenant's own, or correct the route."
    )


def _unreachable(error: HTTPError, target: str) -> BackendUnavailableError:
    reason = error.reason if isinstance(error, MaxRetryError) else error
    found = BackendUnavailableError(
        f"{target}: the cluster cannot be reached: {_brief(reason)}. Check that it runs, and "
        f"'endpoint', 'secure', 'connect_timeout' and 'read_timeout'."
    )
    found.request_sent = not isinstance(reason, _NEVER_SENT)
    found.timed_out = isinstance(reason, ReadTimeoutError)
    return found


def _brief(reason: BaseException | None) -> str:
    # urllib3 puts the pool or connection object before the colon.
    text = str(reason)
    return f"{type(reason).__name__}: {text.rpartition('>: ')[2] or text}"

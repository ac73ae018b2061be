"""From what minio-py and urllib3 raise to the errors of this package.

S3's codes: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from inspect import CO_ASYNC_GENERATOR, CO_COROUTINE, CO_GENERATOR
from ssl import SSLCertVerificationError
from traceback import walk_tb
from types import TracebackType
from xml.etree.ElementTree import ParseError

from minio.error import InvalidResponseError, MinioException, S3Error, ServerError
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    LocationValueError,
    MaxRetryError,
    NewConnectionError,
    ProtocolError,
    ProxyError,
    ReadTimeoutError,
    SSLError,
)
from urllib3.exceptions import TimeoutError as HTTPTimeoutError

from tenant_minio.backends.outage import Evidence, Outage
from tenant_minio.exceptions import (
    BackendUnavailableError,
    ChecksumMismatchError,
    MissingBucketError,
    ObjectChangedError,
    ObjectExistsError,
    ObjectNotFoundError,
    PermissionDeniedError,
    StorageFullError,
    TenantMinioError,
    UnexpectedResponseError,
    UnsupportedFeatureError,
)

CLIENT_ERRORS = (MinioException, HTTPError, ParseError)

# Nothing was sent when one of these ended the attempt.
_NEVER_SENT = (NewConnectionError, ConnectTimeoutError, ProxyError, LocationValueError)

# No connection came about or lasted, or a time limit ran out; a refused one counts as a timeout.
_OUTAGES = (HTTPTimeoutError, ProtocolError, SSLError, ProxyError)

# Characters of what a server says that a message repeats: it may be anything.
_REPEATED = 200

# AWS and VersityGW, AWS, MinIO: the body is not the one that its digest was made of.
_DAMAGED = frozenset(
    {"BadDigest", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch", "InvalidDigest"}
)

# Ceph and MinIO, where a quota is used up; a full disk is a 507.
_FULL = frozenset({"QuotaExceeded", "XMinioAdminBucketQuotaExceeded"})

_SUSPENDS = CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR
# VersityGW, which keeps objects as files: a key is a file or a directory, and not both.
_PARENT_IS_FILE = "ObjectParentIsFile"
_IN_ONE_PLACE = frozenset({_PARENT_IS_FILE, "ExistingObjectIsDirectory"})

_CLOCKS = "The clocks of this machine and the cluster differ: set them right."
# So far may the time of a signature be from the server's own
# (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html).
_MAX_SKEW = timedelta(minutes=15)

_REMEDIES = {
    "InvalidAccessKeyId": "The cluster does not know the access key: check 'access_key'.",
    # VersityGW's word for the same, with a 404.
    "XAdminUserNotFound": "The cluster does not know the access key: check 'access_key'.",
    "SignatureDoesNotMatch": "The secret does not fit the access key: check 'secret_key'.",
    "ExpiredToken": "The session token has expired: renew 'session_token'.",
    "RequestTimeTooSkewed": _CLOCKS,
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


def is_s3(error: BaseException | None) -> bool:
    """Whether an answer bears the mark of an S3 server, as an ingress's own 404 does not."""
    if not isinstance(error, S3Error):
        return False
    headers = error.response.headers
    return "x-amz-request-id" in headers or "x-amz-id-2" in headers


def ran_out_of_time(error: BaseException | None) -> bool:
    """Whether an attempt used up a time limit, instead of failing at once."""
    if isinstance(error, NewConnectionError):  # refused; urllib3 derives it from a timeout
        return False
    if isinstance(error, ProtocolError):  # while sending, once the socket's buffer was full
        return any(isinstance(cause, TimeoutError) for cause in error.args)
    return isinstance(error, ConnectTimeoutError | ReadTimeoutError)


# The cluster answers, and other requests fare better: it does not know the feature (501), or its
# disk is full (507, as MinIO says), when files can still be read and deleted. A 503 SlowDown is no
# exception: to be asked less is what it wants.
_NO_OUTAGE = frozenset({501, 507})


def outage_of(error: BaseException) -> Outage | None:
    """How the cluster failed a request; None where it did not.

    It did where no connection came about or lasted, where a time limit ran out, and where it
    answered with 5xx. What the caller did to its own request does not count, nor does 4xx.
    """
    status = status_of(error)
    if status is not None:
        return outage_of_status(status, code_of(error)[:_REPEATED])
    reason = error.reason if isinstance(error, MaxRetryError) else error
    if not isinstance(reason, _OUTAGES) or isinstance(reason, LocationValueError):
        return None
    return Outage(f"it cannot be reached: {brief(reason)}", Evidence.NO_ANSWER)


def outage_of_status(status: int, code: str = "") -> Outage | None:
    """How the cluster failed by a status; None where it did not. See :func:`outage_of`."""
    if status < 500 or status in _NO_OUTAGE:
        return None
    # A server that falls over what one tenant asks says 500, and is well for all others.
    evidence = Evidence.ONE_REQUEST if status == 500 else Evidence.FAILING
    return Outage(f"it failed with {status} {code}".rstrip(), evidence)


def translate(
    error: Exception, *, method: str, target: str, now: datetime | None = None
) -> TenantMinioError:
    """The error of this package that says what ``error`` says.

    Args:
        error: what the client raised.
        method: of the request, which tells what a failed precondition was about.
        target: alias, bucket and key, for the message.
        now: by the clock that requests are signed with; with time zone.

    The frames of the client that ``error`` came through are emptied, see :func:`forget_locals`.
    """
    forget_locals(error)
    status = status_of(error)
    code = code_of(error)[:_REPEATED]
    if status is None:
        if isinstance(error, HTTPError):
            return _unreachable(error, target)
        return UnexpectedResponseError(
            f"{target}: the cluster's answer was not understood: {str(error)[:_REPEATED]}"
        )
    if status == 200:  # an error in the body of an answer that had begun before it was known
        status = 412 if code == "PreconditionFailed" else 500
    if status == 501 or code == "NotImplemented":
        server = server_of(error.response.headers) if isinstance(error, S3Error) else "the server"
        return UnsupportedFeatureError(
            f"{target}: {server} does not do what {method} asked for ({code or status}): "
            f"{_words(error)}"
        )
    refused = _refused_content(status, code, target)
    if refused is not None:
        return refused
    # AWS answers the conflict where another write to the key was on its way at the same time.
    if status >= 500 or status == 429 or code == "ConditionalRequestConflict":
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
        return _precondition(method, target)
    if status in {401, 403} or code in _REMEDIES:
        remedy = remedy_of(code) or "Check what its policy lets this access key do there."
        if _is_skewed(error, now):  # a HEAD says no more than that it was refused
            remedy = _CLOCKS
        return PermissionDeniedError(
            f"{target}: the cluster refused {method} with {code or status}. {remedy}"
        )
    return UnexpectedResponseError(f"{target}: {method} gave {status} {code}: {_words(error)}")


def remedy_of(code: str) -> str:
    """What to do where S3 refuses with this word; empty where it says too little."""
    return _REMEDIES.get(code, "")


def _precondition(method: str, target: str) -> TenantMinioError:
    if method == "GET":
        return ObjectChangedError(
            f"{target}: the file was replaced while it was being read. Open it again."
        )
    return ObjectExistsError(f"{target}: there is such a file already.")


def name_in_use(target: str, *, by_parent: bool) -> ObjectExistsError:
    """A directory of the name is a file; else the name itself is a directory."""
    if by_parent:
        error = ObjectExistsError(
            f"{target}: a directory of its name is a file, and this cluster cannot keep both. "
            f"Delete that file, or choose another directory."
        )
        error.by_parent = True
        return error
    return ObjectExistsError(
        f"{target}: there is a directory of that name with files in it, and this cluster cannot "
        f"keep both. Choose another name."
    )


def _refused_content(status: int, code: str, target: str) -> TenantMinioError | None:
    """The error where a cluster would not store what was sent; None where it says otherwise."""
    if status == 507 or code in _FULL:
        return StorageFullError(
            f"{target}: the cluster has no room left ({code or status}). Nothing was stored. Make "
            f"room there, or raise the quota."
        )
    if code in _IN_ONE_PLACE:
        return name_in_use(target, by_parent=code == _PARENT_IS_FILE)
    if code in _DAMAGED:
        return ChecksumMismatchError(
            f"{target}: what arrived is not what was sent ({code}). Nothing was stored. Save it "
            f"again; if it stays, look for what stands between here and the cluster."
        )
    return None


def _is_skewed(error: Exception, now: datetime | None) -> bool:
    """Whether the time of an answer (RFC 9110, 6.6.1) is further from ours than S3 lets it be."""
    if now is None or not isinstance(error, S3Error):
        return False
    try:
        theirs = parsedate_to_datetime(error.response.headers.get("Date", ""))
    except ValueError:
        return False
    return theirs.tzinfo is not None and abs(now - theirs) > _MAX_SKEW


def server_of(headers: Mapping[str, str]) -> str:
    """How the server of an answer calls itself."""
    return headers.get("Server", "the server")[:_REPEATED]


def _words(error: Exception) -> str:
    return str(error.message if isinstance(error, S3Error) else error)[:_REPEATED]


def missing_bucket(target: str) -> MissingBucketError:
    """The cluster answers, the bucket is not there."""
    return MissingBucketError(
        f"{target}: the bucket does not exist. Run `manage.py initialize_buckets`, with --tenant "
        f"for a tenant's own, or correct the route."
    )


def _unreachable(error: HTTPError, target: str) -> BackendUnavailableError:
    reason = error.reason if isinstance(error, MaxRetryError) else error
    found = BackendUnavailableError(
        f"{target}: the cluster cannot be reached: {brief(reason)}. Check that it runs, and "
        f"'endpoint', 'secure', 'connect_timeout' and 'read_timeout'."
    )
    found.request_sent = not never_sent(reason)
    found.timed_out = found.request_sent and ran_out_of_time(reason)
    return found


def never_sent(reason: BaseException | None) -> bool:
    """Whether an attempt ended before anything of its request had left."""
    # TLS may also fail once all was sent; a certificate is looked at before anything is.
    if isinstance(reason, SSLError):
        return any(isinstance(cause, SSLCertVerificationError) for cause in reason.args)
    return isinstance(reason, _NEVER_SENT)


def forget_locals(error: BaseException) -> None:
    """Empty the frames that an error came through, and those of what caused it.

    Keys, tokens and headers are local variables there, which debug pages, mails to admins and
    services that collect errors show. Files and lines stay. Frames of generators and coroutines
    stay as they are: a caller's own, which handles another error meanwhile, would be ended by it
    (before Python 3.13), and no key stands in one of this package.
    """
    chain: list[BaseException] = []
    ahead: list[BaseException | None] = [error]
    while ahead:
        found = ahead.pop()
        if found is not None and found not in chain:
            chain.append(found)
            _empty(found.__traceback__)
            ahead += [found.__cause__, found.__context__]


def _empty(traceback: TracebackType | None) -> None:
    for frame, _line in walk_tb(traceback):
        if not frame.f_code.co_flags & _SUSPENDS:
            with suppress(RuntimeError):  # it is still running
                frame.clear()


def brief(reason: BaseException | None) -> str:
    """Why a cluster cannot be reached, without objects' names and secrets."""
    name = type(reason).__name__
    # It repeats the URL of a proxy, password included.
    if isinstance(reason, LocationValueError):
        return name
    # urllib3 puts the pool or connection object before the colon.
    text = str(reason)
    return f"{name}: {(text.rpartition('>: ')[2] or text)[:_REPEATED]}"

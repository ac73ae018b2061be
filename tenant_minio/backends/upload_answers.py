"""What S3 says of a write that has worked. A web page with status 200 says nothing of the kind."""

from __future__ import annotations

from minio.error import S3Error
from urllib3 import BaseHTTPResponse

from tenant_minio.backends.answer_xml import name_of, root_of, text_of
from tenant_minio.backends.connection import Connection
from tenant_minio.exceptions import BackendUnavailableError, UnexpectedResponseError


def upload_id(connection: Connection, answer: BaseHTTPResponse, bucket: str, key: str) -> str:
    """The id of an upload that was begun
    (https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html).

    Raises UnexpectedResponseError.
    """
    try:
        return text_of(root_of(answer.data, "InitiateMultipartUploadResult"), "UploadId")
    except ValueError as error:
        raise UnexpectedResponseError(
            f"{connection.target(bucket, key)}: the answer to POST is not what was asked for: "
            f"{error}. Look for what stands between here and the cluster."
        ) from error


def written_etag(connection: Connection, answer: BaseHTTPResponse, bucket: str, key: str) -> str:
    """The ETag of what a PUT has stored, without quotes.

    Raises BackendUnavailableError: without one, whether it was stored is not known.
    """
    etag = answer.headers.get("ETag", "").strip('"')
    if not etag:
        raise _lost(connection, "PUT", bucket, key, "it has no ETag")
    return etag


def require_completed(
    connection: Connection, answer: BaseHTTPResponse, bucket: str, key: str
) -> None:
    """Look for success in the answer to a completion.

    S3 answers 200 before it knows, and may say in the body that it failed
    (https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html).

    Raises:
        TenantMinioError: what S3 says.
        BackendUnavailableError: the body says neither, as that of a server that died meanwhile.
    """
    _done(connection, answer, "POST", bucket, key, "CompleteMultipartUploadResult")


def copied_etag(connection: Connection, answer: BaseHTTPResponse, bucket: str, key: str) -> str:
    """The ETag of what a copy has become, without quotes.

    S3 answers a copy as it does a completion
    (https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html).

    Raises as :func:`require_completed`.
    """
    names = "CopyObjectResult", "CopyPartResult"
    return _done(connection, answer, "PUT", bucket, key, *names).strip('"')


def _done(
    connection: Connection,
    answer: BaseHTTPResponse,
    method: str,
    bucket: str,
    key: str,
    *names: str,
) -> str:
    """The ETag in an answer that is to be called by one of ``names``."""
    try:
        root = root_of(answer.data, *names, "Error")
        if name_of(root) != "Error":
            return text_of(root, "ETag")
        said = S3Error.fromxml(answer)
    except ValueError as error:
        raise _lost(connection, method, bucket, key, error) from error
    raise connection.translated(said, method, bucket, key)


def _lost(
    connection: Connection, method: str, bucket: str, key: str, why: object
) -> BackendUnavailableError:
    return BackendUnavailableError(
        f"{connection.target(bucket, key)}: the answer to {method} is none of S3: {why}. Look for "
        f"what stands between here and the cluster."
    )

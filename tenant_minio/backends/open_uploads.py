"""Multipart uploads that nobody has ended yet: which there are, and how far each is.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from urllib.parse import unquote_plus
from xml.etree.ElementTree import Element

from tenant_minio.backends.answer_xml import root_of, text_of
from tenant_minio.backends.base import OpenUpload, OpenUploads, SentParts
from tenant_minio.backends.base_uploads import ArrivedPart
from tenant_minio.backends.connection import Connection
from tenant_minio.backends.errors import code_of, server_of
from tenant_minio.exceptions import ObjectNotFoundError, UnexpectedResponseError

# It lists by exact key, and a whole bucket only as far as the node that answers remembers
# (minio/cmd/erasure-server-pool.go, ListMultipartUploads).
_FORGETFUL = "MinIO"


def open_uploads(connection: Connection, bucket: str) -> Iterator[OpenUploads]:
    """See :meth:`tenant_minio.backends.base.Backend.open_uploads`."""
    marker = ""
    while True:
        page, following = _page(connection, bucket, {"key-marker": marker} if marker else {})
        if not following:
            yield page
            return
        if following == marker:
            raise _not_understood(connection, bucket, "it goes on, but does not say where")
        # A key marker passes over what else there is of its key, and VersityGW 1.8 refuses every
        # upload-id-marker: so all of the last key is asked for by itself.
        last, still_following = _page(connection, bucket, {"prefix": following})
        uploads = [one for one in page.uploads if one.key != following]
        uploads += [one for one in last.uploads if one.key == following]
        complete = page.complete and still_following != following
        yield OpenUploads(page.at, tuple(uploads), complete=complete)
        marker = following


def _page(connection: Connection, bucket: str, query: Mapping[str, str]) -> tuple[OpenUploads, str]:
    """One page, and the key where the next begins; empty after the last."""
    asked = {"uploads": "", "encoding-type": "url", **query}
    answer = connection.request("GET", bucket, query=asked)
    try:
        root = root_of(answer.data, "ListMultipartUploadsResult")
        encoded = root.findtext("{*}EncodingType") == "url"
        found = tuple(_upload(one, encoded=encoded) for one in root.iterfind("{*}Upload"))
        at = parsedate_to_datetime(answer.headers.get("Date", ""))
        following = ""
        if root.findtext("{*}IsTruncated") == "true":
            following = _decoded(text_of(root, "NextKeyMarker"), encoded=encoded)
    except (TypeError, ValueError) as error:
        raise _not_understood(connection, bucket, error) from error
    complete = server_of(answer.headers) != _FORGETFUL
    return OpenUploads(at, found, complete=complete), following


def _upload(one: Element, *, encoded: bool) -> OpenUpload:
    key = _decoded(text_of(one, "Key"), encoded=encoded)
    return OpenUpload(
        key, text_of(one, "UploadId"), datetime.fromisoformat(text_of(one, "Initiated"))
    )


def sent_parts(connection: Connection, bucket: str, key: str, upload: str) -> SentParts:
    """See :meth:`tenant_minio.backends.base.Backend.sent_parts`."""
    parts = arrived_parts(connection, bucket, key, upload)
    latest = max((part.arrived for part in parts), default=None)
    return SentParts(len(parts), sum(part.size for part in parts), latest)


def arrived_parts(
    connection: Connection, bucket: str, key: str, upload: str, *, limit: int | None = None
) -> tuple[ArrivedPart, ...]:
    """See :meth:`tenant_minio.backends.base_uploads.Uploads.arrived_parts`."""
    query = {"uploadId": upload}
    if limit is not None:
        query["max-parts"] = str(limit)
    found: list[ArrivedPart] = []
    while True:
        try:
            answer = connection.request("GET", bucket, key, query=query)
        except UnexpectedResponseError as error:
            if code_of(error.__cause__) == "NoSuchUpload":
                raise ObjectNotFoundError(
                    f"{connection.target(bucket, key)}: this upload has ended."
                ) from error
            raise
        try:
            root = root_of(answer.data, "ListPartsResult")
            # MinIO tells of a part that is being replaced with an empty ETag.
            found += [part for part in map(_part, root.iterfind("{*}Part")) if part.etag]
            more = root.findtext("{*}IsTruncated") == "true"
            marker = text_of(root, "NextPartNumberMarker") if more else ""
        except (TypeError, ValueError) as error:
            raise _not_understood(connection, bucket, error) from error
        if not more or limit is not None:
            return tuple(found)
        if marker == query.get("part-number-marker"):
            raise _not_understood(connection, bucket, "it goes on, but does not say where")
        query["part-number-marker"] = marker


def _part(one: Element) -> ArrivedPart:
    return ArrivedPart(
        number=int(text_of(one, "PartNumber")),
        size=int(text_of(one, "Size")),
        etag=text_of(one, "ETag").strip('"'),
        arrived=datetime.fromisoformat(text_of(one, "LastModified")),
    )


def _decoded(text: str, *, encoded: bool) -> str:
    return unquote_plus(text) if encoded else text


def _not_understood(connection: Connection, bucket: str, error: object) -> UnexpectedResponseError:
    return UnexpectedResponseError(
        f"{connection.target(bucket)}: the list of unfinished uploads was not understood: {error}. "
        f"Look for what stands between here and the cluster."
    )

"""What concerns many objects of an S3 server at once: whole listings, and deletion in batches.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from email.utils import parsedate_to_datetime
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from minio.datatypes import Object, parse_list_objects
from minio.error import S3Error
from urllib3 import BaseHTTPResponse

from tenant_minio.backends.answer_xml import name_of, root_of, text_of
from tenant_minio.backends.base import Page, Stored
from tenant_minio.backends.connection import Connection
from tenant_minio.exceptions import UnexpectedResponseError

MAX_PAGE = 1000  # the most that S3 lists, and deletes, at once


def walk(connection: Connection, bucket: str, prefix: str) -> Iterator[Page]:
    """Every object below ``prefix``; see :meth:`tenant_minio.backends.base.Backend.walk`.

    Raises:
        UnexpectedResponseError: an answer does not say what time it is, or how to go on, or an
            object's time or size.
    """
    for answer, objects in pages(connection, bucket, prefix):
        with _understanding(connection, bucket, prefix):
            page = Page(_time(answer), tuple(_stored(one) for one in objects))
        yield page


def pages(
    connection: Connection, bucket: str, prefix: str, *, delimiter: str = "", size: int = MAX_PAGE
) -> Iterator[tuple[BaseHTTPResponse, list[Object]]]:
    """A listing, page by page: each answer, and what it holds.

    Args:
        connection, bucket, prefix: what is listed.
        delimiter: what keys below it are drawn together by.
        size: at most so many entries in a page.

    Raises:
        UnexpectedResponseError: an answer is no listing, or does not say how to go on.
    """
    query = {
        "list-type": "2",
        "prefix": prefix,
        "delimiter": delimiter,
        "encoding-type": "url",
        "max-keys": str(size),
    }
    while True:
        answer = connection.request("GET", bucket, query=query)
        with _understanding(connection, bucket, prefix):
            objects, more, token, _version = parse_list_objects(answer)
        yield answer, objects
        if not more:
            return
        if not token or token == query.get("continuation-token"):
            raise UnexpectedResponseError(
                f"{connection.target(bucket, prefix)}: the listing goes on, but does not say where."
            )
        query["continuation-token"] = token


@contextmanager
def _understanding(connection: Connection, bucket: str, prefix: str) -> Iterator[None]:
    try:
        yield
    except (ElementTree.ParseError, LookupError, TypeError, ValueError) as error:
        raise UnexpectedResponseError(
            f"{connection.target(bucket, prefix)}: the listing was not understood: {error}. "
            f"Look for what stands between here and the cluster."
        ) from error


def _stored(one: Object) -> Stored:
    if one.last_modified is None or one.size is None:
        raise ValueError(f"{one.object_name!r} has no time or no size")
    return Stored(str(one.object_name), one.size, (one.etag or "").strip('"'), one.last_modified)


def _time(answer: BaseHTTPResponse) -> datetime:
    """The server's clock, from the Date header (RFC 9110, 6.6.1)."""
    return parsedate_to_datetime(answer.headers.get("Date", ""))


def delete_many(connection: Connection, bucket: str, objects: Sequence[Stored]) -> dict[str, str]:
    """See :meth:`tenant_minio.backends.base.Backend.delete_many`."""
    # An ETag makes the deletion conditional where the server knows that; others pass over it.
    entries = "".join(
        f"<Object><Key>{escape(one.key)}</Key><ETag>{escape(one.etag)}</ETag></Object>"
        for one in objects
    )
    body = (
        '<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Quiet>true</Quiet>'
        f"{entries}</Delete>"
    ).encode()
    # S3 demands it, as a guard against a body that was changed on the way.
    digest = hashlib.md5(body, usedforsecurity=False).digest()
    headers = {
        "Content-Type": "application/xml",
        "Content-MD5": base64.b64encode(digest).decode(),
    }
    answer = connection.request("POST", bucket, body=body, headers=headers, query={"delete": ""})
    try:
        root = root_of(answer.data, "DeleteResult", "Error")
        if name_of(root) == "Error":
            raise connection.translated(S3Error.fromxml(answer), "POST", bucket)
        return {
            text_of(error, "Key"): f"{error.findtext('{*}Code')}: {error.findtext('{*}Message')}"
            for error in root.iterfind("{*}Error")
        }
    except ValueError as error:
        raise UnexpectedResponseError(
            f"{connection.target(bucket)}: the answer to a deletion was not understood: {error}. "
            f"What became of it is not known. Look for what stands between here and the cluster."
        ) from error

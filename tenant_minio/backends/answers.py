"""What an S3 server's answers say of an object, and their bodies."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from urllib3 import BaseHTTPResponse
from urllib3.exceptions import HTTPError

from tenant_minio.backends.base import WRITE_TOKEN, ObjectInfo, ObjectStat
from tenant_minio.backends.checksums import HEADERS
from tenant_minio.backends.connection import Connection
from tenant_minio.backends.encryption import CUSTOMER_ALGORITHM, ENCRYPTION, KMS_KEY_ID
from tenant_minio.backends.errors import translate
from tenant_minio.backends.write_rules import METADATA_PREFIX, OBJECT_HEADERS

_TOKEN_HEADER = f"x-amz-meta-{WRITE_TOKEN}"
# RFC 9110, 14.4; without the total, the size of the object would be a guess.
_ENCODED = re.compile(r"=\?utf-8\?b\?([A-Za-z0-9+/]*=*)\?=", re.IGNORECASE)
_CONTENT_RANGE = re.compile(r"bytes ([0-9]+)-([0-9]+)/([0-9]+)")


class StreamedBody:
    """A response body whose errors are this package's."""

    def __init__(
        self, connection: Connection, response: BaseHTTPResponse, bucket: str, key: str
    ) -> None:
        self._response = response
        self._target = connection.target(bucket, key)

    def read(self, size: int) -> bytes:
        """Up to ``size`` bytes as they are stored; empty at the end."""
        try:
            # As stored: decoded, an object with a Content-Encoding has other bytes, another size
            # than the cluster says, and no bound.
            return self._response.read(size, decode_content=False)
        except HTTPError as error:
            self.close()
            raise translate(error, method="GET", target=self._target) from error

    def close(self) -> None:
        """Give the connection back, or up."""
        # A connection with something left to read cannot serve another request.
        self._response.close()
        self._response.release_conn()


class NoBody:
    """The body of an answer that has none."""

    def read(self, _size: int) -> bytes:
        return b""

    def close(self) -> None:
        """Nothing to give back."""


def length(headers: Mapping[str, str]) -> int:
    """The Content-Length. Raises ValueError."""
    given = headers.get("Content-Length", "")
    if not (given.isascii() and given.isdecimal()):
        raise ValueError("it has no Content-Length")
    return int(given)


def extent(answer: BaseHTTPResponse, start: int) -> tuple[int, int]:
    """Where the bytes of an answer end in the object, and the object's size.

    Raises:
        ValueError: it does not say, or its bytes do not begin at ``start``.
    """
    first, end, total = span(answer)
    if first != start:
        raise ValueError(f"bytes {first} to {end - 1} of {total} instead of those from {start}")
    return end, total


def span(answer: BaseHTTPResponse) -> tuple[int, int, int]:
    """Where the bytes of an answer begin and end in the object, and the object's size.

    Raises:
        ValueError: it does not say.
    """
    if answer.status == 200:
        # The whole object, also from a server that knows no ranges.
        total = length(answer.headers)
        return 0, total, total
    if answer.status != 206:
        raise ValueError(f"status {answer.status} instead of a range")
    found = _CONTENT_RANGE.fullmatch(answer.headers.get("Content-Range", ""))
    if not found:
        raise ValueError("it has no Content-Range with a total")
    first, last, total = map(int, found.groups())
    if not first <= last < total:
        raise ValueError(f"bytes {first} to {last} of {total}")
    return first, last + 1, total


def object_info(headers: Mapping[str, str], size: int) -> ObjectInfo:
    """What headers say of an object. Raises ValueError where they do not, or the time is none."""
    etag = headers.get("ETag", "").strip('"')
    if not etag:
        raise ValueError("it has no ETag")
    modified = headers.get("Last-Modified")
    return ObjectInfo(
        size=size,
        etag=etag,
        modified=parsedate_to_datetime(modified) if modified else datetime.fromtimestamp(0, UTC),
        content_type=headers.get("Content-Type", ""),
        token=headers.get(_TOKEN_HEADER, ""),
    )


def object_stat(given: Mapping[str, str], size: int) -> ObjectStat:
    """All that headers say of an object. Raises ValueError where a time or number is none."""
    headers = {name.lower(): value for name, value in given.items()}
    info = object_info(given, size)
    until = headers.get("x-amz-object-lock-retain-until-date")
    return ObjectStat(
        size=info.size,
        etag=info.etag,
        modified=info.modified,
        content_type=info.content_type,
        metadata={
            name.removeprefix(METADATA_PREFIX): decoded(value)
            for name, value in sorted(headers.items())
            if name.startswith(METADATA_PREFIX) and name != _TOKEN_HEADER
        },
        headers={name: headers[name] for name in OBJECT_HEADERS if name in headers},
        version_id=headers.get("x-amz-version-id"),
        storage_class=headers.get("x-amz-storage-class"),
        encryption="SSE-C" if CUSTOMER_ALGORITHM in headers else headers.get(ENCRYPTION),
        kms_key_id=headers.get(KMS_KEY_ID),
        tag_count=int(headers.get("x-amz-tagging-count", "0")),
        retention_mode=headers.get("x-amz-object-lock-mode"),
        retain_until=datetime.fromisoformat(until) if until else None,
        legal_hold=headers.get("x-amz-object-lock-legal-hold") == "ON",
        checksums={kind: headers[name] for kind, name in HEADERS.items() if name in headers},
    )


def decoded(value: str) -> str:
    """A value of metadata, from RFC 2047 where it was sent so."""
    found = _ENCODED.fullmatch(value)
    if not found:
        return value
    try:
        return base64.b64decode(found[1], validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return value

"""What S3 takes of each value that is sent with a new object.

Each reader returns the value as it is kept, or raises ValueError with what is wrong; no text
repeats a value that may be a secret.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from django.utils.module_loading import import_string
from minio.retention import Retention as MinioRetention

from tenant_minio.backends.base import WRITE_TOKEN
from tenant_minio.backends.encryption import Encryption

METADATA_PREFIX = "x-amz-meta-"
# https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html: what a browser is told.
OBJECT_HEADERS: Mapping[str, str] = {
    name.lower(): name
    for name in (
        "Cache-Control",
        "Content-Disposition",
        "Content-Encoding",
        "Content-Language",
        "Expires",
    )
}
# The lower-case names and beginnings that the package sends itself, or an option of its own has.
_OWN_HEADERS = frozenset(
    {"authorization", "connection", "content-length", "content-md5", "content-type", "date"}
    | {"expect", "host", "if-match", "if-none-match", "range", "transfer-encoding", "user-agent"}
    | {"x-amz-content-sha256", "x-amz-date", "x-amz-decoded-content-length"}
    | {"x-amz-security-token", "x-amz-tagging", "x-amz-trailer", "x-amz-sdk-checksum-algorithm"}
    | set(OBJECT_HEADERS)
)
_OWN_BEGINNINGS = (
    METADATA_PREFIX,
    "x-amz-checksum-",
    "x-amz-copy-source",
    "x-amz-object-lock-",
    "x-amz-server-side-encryption",
)
# What signs a request, numbers its parts, or makes another operation of it.
_OWN_QUERY = frozenset(
    {"acl", "attributes", "legal-hold", "partnumber", "renameobject", "restore", "retention"}
    | {"select", "select-type", "tagging", "torrent", "uploadid", "uploads", "versionid"}
)
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # RFC 9110, 5.6.2
_PRINTABLE = re.compile(r"[!-~]+(?: +[!-~]+)*")
_METADATA_BYTES = 2048 - len(METADATA_PREFIX + WRITE_TOKEN) - 32  # S3: 2 KB, less the write token
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html
_MAX_TAGS = 10
_TAG_TEXT = re.compile(r"[\w +\-=.:/@]*")


@dataclass(frozen=True, slots=True)
class Retention:
    """Until when an object may not be deleted.

    Args:
        mode: GOVERNANCE or COMPLIANCE.
        days: from the moment it is written ...
        until: ... or a moment.
    """

    mode: str
    days: int = 0
    until: datetime | None = None

    def end(self, now: datetime) -> datetime:
        """When it ends, for what is written now."""
        return self.until or now + timedelta(days=self.days)


def _mapping(given: Any) -> Mapping[Any, Any]:
    if not _is_of_texts(given):
        raise ValueError("it is no dict of texts to texts")
    found: Mapping[Any, Any] = given
    return found


def _is_of_texts(given: Any) -> bool:
    return isinstance(given, Mapping) and all(
        isinstance(text, str) for item in given.items() for text in item
    )


def _refuse_controls(name: str, value: str) -> None:
    if any(ord(char) < 32 or ord(char) == 127 for char in value):
        raise ValueError(f"the value of {name!r} holds a control character")


def metadata(given: Any) -> dict[str, str]:
    """User metadata by lower-case name."""
    kept = {}
    for given_name, value in _mapping(given).items():
        name = given_name.lower().removeprefix(METADATA_PREFIX)
        if not _TOKEN.fullmatch(name):
            raise ValueError(f"{given_name!r} cannot be a part of the name of a header")
        if name == WRITE_TOKEN:
            raise ValueError(f"{WRITE_TOKEN!r} belongs to this package")
        _refuse_controls(name, value)
        kept[name] = value
    size = sum(len(METADATA_PREFIX + name) + len(encoded(v)) for name, v in kept.items())
    if size > _METADATA_BYTES:
        raise ValueError(f"it has {size} bytes, and S3 takes {_METADATA_BYTES}")
    return kept


def encoded(value: str) -> str:
    """A value of metadata as a header may hold it: RFC 2047 for what is not plain ASCII.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
    """
    if not value or (_PRINTABLE.fullmatch(value) and "=?" not in value):
        return value
    return f"=?utf-8?b?{base64.b64encode(value.encode()).decode()}?="


def content_type(given: Any) -> str:
    """A media type."""
    if not isinstance(given, str) or "/" not in given or not _PRINTABLE.fullmatch(given):
        raise ValueError("it is no media type")
    return given


def headers(given: Any) -> dict[str, str]:
    """Standard headers of an object, by lower-case name."""
    kept = {}
    for name, value in _mapping(given).items():
        if name.lower() not in OBJECT_HEADERS:
            known = ", ".join(OBJECT_HEADERS.values())
            raise ValueError(f"{name!r} is none of {known}")
        kept[name.lower()] = header_value(name, value)
    return kept


def hook_headers(given: Any) -> dict[str, str]:
    """What ``object_headers`` may give: :func:`headers`, and the Content-Type."""
    kept = {name.lower(): value for name, value in _mapping(given).items()}
    kind = kept.pop("content-type", None)
    return {**headers(kept), **({} if kind is None else {"content-type": content_type(kind)})}


def header_value(name: str, value: str) -> str:
    """The value of a header."""
    if not _PRINTABLE.fullmatch(value):
        raise ValueError(
            f"the value of {name!r} is empty, not ASCII, or has spaces around it or controls in it"
        )
    return value


def tags(given: Any) -> dict[str, str]:
    """Object tags."""
    kept = dict(_mapping(given))
    if len(kept) > _MAX_TAGS:
        raise ValueError(f"it has {len(kept)} tags, and S3 takes {_MAX_TAGS}")
    for name, value in kept.items():
        if not 1 <= len(name) <= 128 or len(value) > 256:
            raise ValueError(
                f"the tag {name[:20]!r} is too long: S3 takes 1 to 128 characters, and values of "
                f"up to 256"
            )
        if not (_TAG_TEXT.fullmatch(name) and _TAG_TEXT.fullmatch(value)):
            raise ValueError(f"the tag {name!r} has characters but letters, digits and +-=._:/@")
        if name.startswith("aws:"):
            raise ValueError(f"the tag {name!r} begins with what S3 reserves for itself")
    return kept


def tag_header(tags: Mapping[str, str]) -> str:
    """Tags as ``x-amz-tagging`` holds them."""
    return "&".join(f"{quote(name, safe='')}={quote(v, safe='')}" for name, v in tags.items())


def retention(given: Any) -> Retention:
    """How long an object is locked."""
    if isinstance(given, Retention):
        return given
    if isinstance(given, MinioRetention):
        until = given.retain_until_date
        return Retention(given.mode, until=until if until.tzinfo else until.replace(tzinfo=UTC))
    if not isinstance(given, Mapping) or set(given) != {"mode", "days"}:
        raise ValueError("it has not just 'mode' and 'days'")
    days = given["days"]
    if given["mode"] not in {"GOVERNANCE", "COMPLIANCE"}:
        raise ValueError("its 'mode' is neither 'GOVERNANCE' nor 'COMPLIANCE'")
    # S3's own bound is 100 years.
    if not isinstance(days, int) or isinstance(days, bool) or not 1 <= days <= 36_500:
        raise ValueError("its 'days' is no whole number from 1 to 36500")
    return Retention(given["mode"], days)


def encryption(given: Any) -> Encryption | Callable[[], Any]:
    """An encryption, or what is asked for one at each request."""
    found = _imported(given)
    if callable(found) and not isinstance(found, type):
        asked: Callable[[], Any] = found
        return asked
    return Encryption.read(found)


def progress(given: Any) -> Any:
    """Who is told how far an upload is."""
    found = _imported(given)
    if not isinstance(found, type) and (callable(found) or hasattr(found, "set_meta")):
        return found
    raise ValueError("it is neither callable nor has it 'set_meta' and 'update'")


def _imported(given: Any) -> Any:
    return import_string(given) if isinstance(given, str) else given


def extra_headers(given: Any) -> dict[str, str]:
    """Headers that are sent as they are, by lower-case name."""
    kept = {}
    for given_name, value in _mapping(given).items():
        name = given_name.lower()
        if not _TOKEN.fullmatch(name):
            raise ValueError(f"{given_name!r} is no name of a header")
        if name in _OWN_HEADERS or name.startswith(_OWN_BEGINNINGS):
            raise ValueError(f"{given_name!r} is set by this package or has an option of its own")
        kept[name] = header_value(given_name, value)
    return kept


def extra_query(given: Any) -> dict[str, str]:
    """Query parameters that are sent as they are."""
    for name in _mapping(given):
        if name.lower() in _OWN_QUERY or name.lower().startswith("x-amz-"):
            raise ValueError(f"{name!r} is set by this package, or would ask for something else")
    return dict(given)

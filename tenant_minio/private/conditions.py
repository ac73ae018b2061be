"""What a request for a file asks beside the file (RFC 9110). Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response

from tenant_minio.backends.base import ByteRange
from tenant_minio.private.facts import Facts

_CONDITIONS = ("If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since")
_ONE_RANGE = re.compile(r"bytes=[ \t]*([0-9]*)-([0-9]*)[ \t]*", re.IGNORECASE | re.ASCII)
# Servers of clusters count in 64 bits; no file is as large as that.
_FAR = 10**18


def has_conditions(headers: Mapping[str, str]) -> bool:
    """Whether the file is wanted only if it is, or is not, what it was."""
    return any(name in headers for name in _CONDITIONS)


def conditional_answer(
    request: HttpRequest, facts: Facts, answer: HttpResponse
) -> HttpResponseBase | None:
    """304 or 412 where a condition says so (13.2.2); None where the file is wanted.

    Args:
        answer: with the headers that a 304 repeats.
    """
    modified = int(facts.modified.timestamp())
    found: HttpResponseBase | None = get_conditional_response(request, facts.etag, modified, answer)
    return None if found is answer else found


def wanted_range(header: str | None) -> ByteRange | None:
    """The one range that a Range header asks for (14.1.2); None where all of the file is sent.

    That is the answer to several ranges, to units nobody knows and to what is no range (14.2).
    """
    found = _ONE_RANGE.fullmatch(header or "")
    if not found:
        return None
    first, last = (_position(digits) if digits else None for digits in found.groups())
    if first is None:
        return None if last is None else ByteRange(None, last)
    if last is not None and last < first:
        return None
    return ByteRange(first, last)


def _position(digits: str) -> int:
    # As many of them as count: Python refuses to read thousands.
    return min(int(digits.lstrip("0")[:19] or "0"), _FAR)


def is_same_version(if_range: str | None, facts: Facts) -> bool:
    """Whether a part may be sent of the file as it is (13.1.5): it must be the very same one.

    A date is no proof of that: two versions of one second have the same (8.8.2.2). Every file has
    an ETag to go by, and a weak one, which begins with ``W/``, never is the same.
    """
    return if_range is None or if_range.strip() == facts.etag

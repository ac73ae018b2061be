"""What can be an address: of a cluster, of a proxy, of where public files are served."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

# In ``public_url``, the name of the bucket.
BUCKET_SLOT = "{bucket}"

_HOST = re.compile(r"(?:\[[0-9a-fA-F:]+\]|[A-Za-z0-9](?:[A-Za-z0-9._-]*))(?::\d{1,5})?")
# RFC 3986: what a path may hold, with percent-encoding, in segments that lead to no other place.
_PATH = re.compile(r"(?:/(?!\.{1,2}(?:/|\Z))(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})+)*/")


def is_host(value: object) -> bool:
    """``host`` or ``host:port``."""
    if not isinstance(value, str) or not _HOST.fullmatch(value):
        return False
    try:
        return urlsplit(f"//{value}").port != 0
    except ValueError:
        return False  # a port above 65535, or brackets around what is no address


def is_proxy(value: object) -> bool:
    """The URL of an HTTP proxy."""
    if not isinstance(value, str):
        return False
    try:
        url = parse_url(value)
    except LocationParseError:
        return False
    return url.scheme in {"http", "https"} and bool(url.host) and url.port != 0


def is_public_url(value: object) -> bool:
    """What plain URLs can begin with: a path, or scheme, host and path; it ends in ``/``."""
    if not isinstance(value, str):
        return False
    # As it is for some bucket.
    url = value.replace(BUCKET_SLOT, "bucket")
    scheme, separator, rest = url.partition("://")
    if not separator:
        return _PATH.fullmatch(url) is not None
    host, slash, path = rest.partition("/")
    return (
        scheme in {"http", "https"} and is_host(host) and _PATH.fullmatch(slash + path) is not None
    )

"""Names and keys that may mean the same.

Rows were written by other packages, other versions and by hand: ``./a``, ``/a``, ``a%20b``, or an
accent composed where the object's is not; a gateway's file system may take ``A`` for ``a``. A
storage takes such a name for another than the object's, or for none. Whoever looks for orphans
must not: what may be meant is referred to.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import unquote

from tenant_minio.exceptions import UnsafeNameError
from tenant_minio.routing import safe_name
from tenant_minio.routing.names import STAGING

# A decoder puts U+FFFD where bytes are no text, and XML cannot carry the other two: such a key
# cannot be sent back to the cluster.
_UNADDRESSABLE = re.compile("[\ufffd-\uffff]")


def fold(key: str) -> bytes:
    """One spelling for all keys that may mean the same object."""
    text = unicodedata.normalize("NFKC", unquote(key)).casefold().replace("\\", "/")
    segments: list[str] = []
    for segment in text.split("/"):
        if segment == ".." and segments:
            segments.pop()
        elif segment not in {"", ".", ".."}:
            segments.append(segment)
    return "/".join(segments).encode("utf-8", "surrogatepass")


def is_own_name(name: str, prefix: str) -> bool:
    """Whether a storage with this prefix could have stored an object under ``name``."""
    if _UNADDRESSABLE.search(name):
        return False
    try:
        safe_name(name, prefix)
    except UnsafeNameError:
        return False
    return True


def is_staged(key: str) -> bool:
    """Whether a key is that of an upload that nobody has confirmed: no row can refer to it.

    Those that are left behind are ``sweep_uploads``'s to find.
    """
    return STAGING in key.split("/")

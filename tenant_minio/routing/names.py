"""Names that cannot leave their tenant.

A name is relative to its tenant. S3 itself gives ``/`` and ``.`` no meaning, but servers, proxies
and browsers do: VersityGW normalises ``..`` in a key, MinIO refuses it and stores
``x__XLDIR__`` as a directory, RFC 3986 clients remove dot segments before they send. So what any
of them might read as a way up, or as another name, is refused here, for every method.

One segment is kept for what this package itself puts beside a tenant's files.
"""

import re
import unicodedata
from urllib.parse import unquote

from tenant_minio.exceptions import UnsafeNameError

MAX_KEY_BYTES = 1024  # S3 API: object key names are at most 1,024 bytes of UTF-8
MAX_SEGMENT_BYTES = 255  # NAME_MAX of the file systems below MinIO and VersityGW

# Below it lies what browsers have uploaded and nobody has confirmed. No name, prefix or tenant's
# segment is so called, in whatever spelling.
STAGING = ".tm-staging"

# Plain ASCII without controls, backslash or percent, in segments that are neither empty, blank
# nor all dots, nor begin as the one that is kept: nearly every name, and short enough that no
# length needs counting.
_PLAIN = re.compile(
    r"(?:(?!\.(?:\.?(?:/|\Z)|[tT][mM]-))[!-$&-.0-\[\]-~][ -$&-.0-\[\]-~]*(?:/(?!\Z)|\Z))+"
)
_MINIO_DIRECTORY = "__XLDIR__"


def safe_name(name: str, prefix: str = "") -> str:
    """Return ``name`` unchanged if it names an object that stays below ``prefix``.

    Args:
        name: relative to the tenant, with ``/`` between segments.
        prefix: what goes before it in the key; counts towards the key's length.

    Raises:
        UnsafeNameError: the name is empty, absolute, has an empty, blank, ``.`` or ``..`` segment
            (also after percent-decoding or NFKC normalisation), a backslash, a control
            character, a segment that MinIO takes for a directory or that is :data:`STAGING`, or
            is too long.
    """
    if len(name) + len(prefix) <= MAX_SEGMENT_BYTES and _PLAIN.fullmatch(name):
        if _MINIO_DIRECTORY in name:
            _check_segments(name)
        return name
    if not name:
        raise UnsafeNameError("An empty name names no file.")
    try:
        size = len((prefix + name).encode())
    except UnicodeEncodeError:
        raise UnsafeNameError(f"The name {name!r} cannot be encoded in UTF-8.") from None
    if size > MAX_KEY_BYTES:
        raise UnsafeNameError(
            f"The key of {name[:60]!r}... has {size} bytes with its prefix; S3 allows "
            f"{MAX_KEY_BYTES}."
        )
    _check_segments(name)
    return name


def safe_directory(path: str, prefix: str = "") -> str:
    """Return ``path`` without its one trailing slash, or ``""`` for the root (``""`` or ``.``).

    Raises:
        UnsafeNameError: as for :func:`safe_name`.
    """
    if path in {"", "."}:
        return ""
    return safe_name(path.removesuffix("/"), prefix)


def _check_segments(name: str) -> None:
    for segment in name.split("/"):
        if len(segment.encode()) > MAX_SEGMENT_BYTES:
            reason: str | None = f"has a segment of more than {MAX_SEGMENT_BYTES} bytes"
        else:
            reason = _fault(segment)
        if reason is not None:
            raise UnsafeNameError(
                f"The name {name!r} {reason}. A name is relative to its tenant, with plain "
                f"segments between single slashes."
            )


def _fault(segment: str) -> str | None:
    """What is wrong with one segment, whatever reads it: as it is, decoded or normalised."""
    if segment.endswith(_MINIO_DIRECTORY):
        return f"has a segment that ends in {_MINIO_DIRECTORY}, which MinIO reads as a directory"
    form = segment
    while True:
        if not form.strip():
            return "has an empty or blank segment (a slash too many?)"
        if form in {".", ".."}:
            return f"has the segment {segment!r}, which leads to another directory"
        if "/" in form or "\\" in form:
            return f"has a slash or backslash in the segment {segment!r}"
        if any(unicodedata.category(character) == "Cc" for character in form):
            return "has a control character"
        # In any case: a gateway's file system may take one for the other.
        if form.casefold() == STAGING:
            return f"has the segment {segment!r}, which is kept for uploads"
        # Each round takes away a layer of encoding, so this ends. NFKD and not NFKC, which would
        # join the last digit of `%2f` and an accent after it, and so hide the slash from unquote.
        simpler = unquote(unicodedata.normalize("NFKD", form))
        if simpler == form:
            return None
        form = simpler

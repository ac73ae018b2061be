"""Whether the beginning of a file is what its name says.

The question is narrower than "what is this?", which libraries answer by guessing: is it a PNG, as
it says? So a file is held against its own claim. Signatures: https://mimesniff.spec.whatwg.org/,
and for what is not there https://www.iana.org/assignments/media-types/.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from tenant_minio.storage.content_types import same_type

# Bytes of a file that are looked at.
HEAD_SIZE = 2048

# Where a container has many types, they are told apart by name alone.
_ZIP, _OLE, _ISO, _MATROSKA, _OGG = "zip", "ole", "iso", "matroska", "ogg"

_BEGINNINGS: tuple[tuple[bytes, str], ...] = (
    (rb"\x89PNG\r\n\x1a\n", "image/png"),
    (rb"\xff\xd8\xff", "image/jpeg"),
    (rb"GIF8[79]a", "image/gif"),
    (rb"RIFF....WEBP", "image/webp"),
    (rb"RIFF....WAVE", "audio/wav"),
    (rb"RIFF....AVI ", "video/x-msvideo"),
    (rb"BM....\x00\x00\x00\x00", "image/bmp"),
    (rb"II\*\x00|MM\x00\*", "image/tiff"),
    # ISO/IEC 14496-12: the length of the box stands first; more than 64 KiB would be no ftyp box.
    (rb"\x00\x00..ftyp", _ISO),
    (rb"\x00\x00\x01\x00", "image/vnd.microsoft.icon"),
    (rb"%PDF-", "application/pdf"),
    (rb"%!PS", "application/postscript"),
    (rb"\{\\rtf", "application/rtf"),
    (rb"PK(?:\x03\x04|\x05\x06)", _ZIP),
    (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _OLE),
    (rb"\x1f\x8b", "application/gzip"),
    (rb"BZh[1-9]1AY&SY", "application/x-bzip2"),
    (rb"\xfd7zXZ\x00", "application/x-xz"),
    (rb"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (rb"Rar!\x1a\x07", "application/vnd.rar"),
    (rb".{257}ustar", "application/x-tar"),
    (rb"\x1a\x45\xdf\xa3", _MATROSKA),
    (rb"OggS\x00", _OGG),
    (rb"ID3[\x02-\x04]|\xff[\xe2\xe3\xf2\xf3\xfa\xfb]", "audio/mpeg"),
    (rb"fLaC\x00", "audio/flac"),
    (rb"wOFF", "font/woff"),
    (rb"wOF2", "font/woff2"),
    (rb"\x00asm", "application/wasm"),
    (rb"MZ(?=.{,58}\x00)|\x7fELF|\xfe\xed\xfa[\xce\xcf]|[\xce\xcf]\xfa\xed\xfe", "program"),
    (rb"\xca\xfe\xba\xbe", "program"),
)
_BEGINS = re.compile(b"|".join(b"(%b)" % pattern for pattern, _ in _BEGINNINGS), re.DOTALL)
_KNOWN = frozenset(kind for _, kind in _BEGINNINGS)

_IN_CONTAINERS: Mapping[str, str] = {
    "application/zip": _ZIP,
    "application/epub+zip": _ZIP,
    "application/java-archive": _ZIP,
    "application/msword": _OLE,
    "application/vnd.ms-excel": _OLE,
    "application/vnd.ms-powerpoint": _OLE,
    "audio/mp4": _ISO,
    "image/avif": _ISO,
    "image/heic": _ISO,
    "image/heif": _ISO,
    "video/mp4": _ISO,
    "video/quicktime": _ISO,
    "audio/webm": _MATROSKA,
    "video/webm": _MATROSKA,
    "video/x-matroska": _MATROSKA,
    "audio/ogg": _OGG,
    "audio/opus": _OGG,
    "video/ogg": _OGG,
}
_ZIPPED = ("application/vnd.openxmlformats-officedocument.", "application/vnd.oasis.opendocument.")

_TEXTS = frozenset(
    {"application/json", "application/xml", "application/sql", "application/x-sh", "message/rfc822"}
)
# What no text has; UTF-16 and UTF-32, which have NUL, begin with a byte order mark.
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_MARKS = (b"\xff\xfe", b"\xfe\xff")


def agrees(content_type: str, head: bytes) -> bool:
    """Whether a file that begins with ``head`` can be of this type.

    Args:
        content_type: what its name says.
        head: its first :data:`HEAD_SIZE` bytes, or all of it.
    """
    kind = same_type(content_type)
    found = _BEGINS.match(head)
    seen = None if found is None else _BEGINNINGS[(found.lastindex or 1) - 1][1]
    if _is_text(kind):
        return seen is None and (head.startswith(_MARKS) or not _CONTROLS.search(head))
    expected = _IN_CONTAINERS.get(kind)
    if expected is None:
        expected = _ZIP if kind.startswith(_ZIPPED) else kind
    if expected in _KNOWN:
        return seen == expected
    # Nothing is known of such files but that they are none of those that are known.
    return kind == "application/octet-stream" or seen is None


def _is_text(kind: str) -> bool:
    return kind.startswith("text/") or kind.endswith(("+xml", "+json")) or kind in _TEXTS

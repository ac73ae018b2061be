"""The type that a file's name says; of what browsers load, the same on every machine."""

import mimetypes
import posixpath
from collections.abc import Iterable
from fnmatch import fnmatchcase

UNKNOWN = "application/octet-stream"

# Python's own table depends on /etc/mime.types, and on its version for the newer ones. Browsers
# refuse scripts, modules and WebAssembly of a wrong type
# (https://mimesniff.spec.whatwg.org/, https://www.rfc-editor.org/rfc/rfc9239).
_WEB_TYPES = {
    ".avif": "image/avif",
    ".css": "text/css",
    ".eot": "application/vnd.ms-fontobject",
    ".gif": "image/gif",
    ".htm": "text/html",
    ".html": "text/html",
    ".ico": "image/x-icon",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".js": "text/javascript",
    ".json": "application/json",
    ".map": "application/json",
    ".md": "text/markdown",
    ".mjs": "text/javascript",
    ".mp4": "video/mp4",
    ".otf": "font/otf",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
    ".txt": "text/plain",
    ".wasm": "application/wasm",
    ".webm": "video/webm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".xml": "application/xml",
}
# What mimetypes knows only where the machine has a table, or takes for an encoding.
_DOCUMENT_TYPES = {
    ".7z": "application/x-7z-compressed",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".epub": "application/epub+zip",
    ".flac": "audio/flac",
    ".gz": "application/gzip",
    ".ics": "text/calendar",
    ".m4a": "audio/mp4",
    ".mkv": "video/x-matroska",
    ".odp": "application/vnd.oasis.opendocument.presentation",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".ogg": "audio/ogg",
    ".ogv": "video/ogg",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".rtf": "application/rtf",
    ".tgz": "application/gzip",
    ".xhtml": "application/xhtml+xml",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# Other words for the same (RFC 9239, RFC 7303 and what browsers and Python still say).
_SAME = {
    "application/javascript": "text/javascript",
    "application/x-javascript": "text/javascript",
    "application/x-pdf": "application/pdf",
    "application/x-zip-compressed": "application/zip",
    "application/x-gzip": "application/gzip",
    "audio/mp3": "audio/mpeg",
    "audio/x-wav": "audio/wav",
    "audio/x-flac": "audio/flac",
    "audio/mp4a-latm": "audio/mp4",
    "image/jpg": "image/jpeg",
    "image/x-icon": "image/vnd.microsoft.icon",
    "image/x-ms-bmp": "image/bmp",
    "text/rtf": "application/rtf",
    "text/xml": "application/xml",
}
_COMPRESSIBLE = frozenset(
    {
        "application/json",
        "application/manifest+json",
        "application/vnd.ms-fontobject",
        "application/wasm",
        "application/xml",
        "font/otf",
        "font/ttf",
        "image/svg+xml",
        "image/x-icon",
    }
)


def web_type(name: str) -> str:
    """The content type for a name; ``application/octet-stream`` where nothing is known.

    Extensions that are not browsers' own are looked up with :mod:`mimetypes`, to which a project
    can add. It is shown nothing but the extension: it reads names as URLs, and takes
    ``data:,x.html`` for plain text, and from Python 3.13 on ``ab:x.png#.html`` for an image.

    Args:
        name: that the file is stored under, or will be.
    """
    suffix = posixpath.splitext(name)[1].lower()
    known = _WEB_TYPES.get(suffix) or _DOCUMENT_TYPES.get(suffix)
    if known is not None:
        return known
    kind, encoding = mimetypes.guess_type(f"x{suffix}")
    return kind if kind and not encoding else UNKNOWN


def same_type(content_type: str) -> str:
    """One word for a type that has several, in lower case and without parameters."""
    plain = content_type.partition(";")[0].strip().lower()
    return _SAME.get(plain, plain)


def is_allowed(content_type: str, allowed: Iterable[str]) -> bool:
    """Whether a type is one of a list such as ``["application/pdf", "image/*"]``.

    Whatever word for it either side uses, and in whatever case.
    """
    kind = same_type(content_type)
    return any(fnmatchcase(kind, same_type(one)) for one in allowed)


def is_compressible(content_type: str) -> bool:
    """Whether gzip makes files of this type smaller, as a rule."""
    return content_type.startswith("text/") or content_type in _COMPRESSIBLE

"""The type that a file's name says; of what browsers load, the same on every machine."""

import mimetypes
import posixpath

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


def is_compressible(content_type: str) -> bool:
    """Whether gzip makes files of this type smaller, as a rule."""
    return content_type.startswith("text/") or content_type in _COMPRESSIBLE

"""What a page can show of a file, decided by its name alone.

The browser's own word for the type is not asked, since an uploader could pick it freely. HTML and
SVG can carry scripts: the one is shown as text, the other not at all.
"""

import mimetypes
from enum import StrEnum
from pathlib import PurePath

_IMAGES = {"image/avif", "image/gif", "image/jpeg", "image/png", "image/webp"}
_VIDEOS = {"video/mp4", "video/webm"}
_TEXTS = {
    "application/json",
    "application/sql",
    "application/toml",
    "application/x-sh",
    "application/xml",
    "application/yaml",
}
# Python's table lacks these, or has them on some systems only.
_BY_SUFFIX = {".log": "text/plain", ".md": "text/markdown", ".yml": "application/yaml"}


class Kind(StrEnum):
    IMAGE = "image"
    VIDEO = "video"
    PDF = "pdf"
    TEXT = "text"
    OTHER = "other"


def content_type_of(filename: str) -> str:
    """The media type that the name promises, ``application/octet-stream`` where it says none."""
    for suffix, content_type in _BY_SUFFIX.items():
        if filename.lower().endswith(suffix):
            return content_type
    # Of the suffix alone: `data:,page.html` is read as a URL, and guessed as plain text.
    guessed, encoding = mimetypes.guess_type("x" + PurePath(filename).suffix)
    # `report.txt.gz` is guessed as text that is encoded: as a file, it is an archive.
    return guessed if guessed and not encoding else "application/octet-stream"


def kind_of(content_type: str) -> Kind:
    """How a page shows a file of this type."""
    if content_type in _IMAGES:
        return Kind.IMAGE
    if content_type in _VIDEOS:
        return Kind.VIDEO
    if content_type == "application/pdf":
        return Kind.PDF
    if content_type.startswith("text/") or content_type in _TEXTS:
        return Kind.TEXT
    return Kind.OTHER

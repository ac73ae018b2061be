"""gzip with the same bytes for the same content, in bounded memory."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import SpooledTemporaryFile
from typing import Any

from django.core.files.base import File

_IN_MEMORY = 1024 * 1024
_PIECE = 256 * 1024
# Below this gain a file is better served as it is.
_WORTH = 0.95


@contextmanager
def gzipped(content: Any) -> Iterator[File[bytes] | None]:
    """``content`` compressed; None where that would save less than a twentieth.

    The header holds neither time nor name, so that equal content has an equal ETag.

    Args:
        content: a file-like object that can be rewound; text counts as UTF-8.
    """
    given = content if hasattr(content, "chunks") else File(content)
    size = 0
    with SpooledTemporaryFile(_IN_MEMORY) as packed:
        with gzip.GzipFile(filename="", mode="wb", fileobj=packed, mtime=0) as pack:
            for piece in given.chunks(_PIECE):
                size += pack.write(piece.encode() if isinstance(piece, str) else piece)
        yield File(packed) if packed.tell() < size * _WORTH else None

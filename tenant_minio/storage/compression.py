"""gzip with the same bytes for the same content, in bounded memory."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from tempfile import SpooledTemporaryFile
from typing import Any, cast

from django.core.files.base import File

from tenant_minio.storage.files import ObjectFile
from tenant_minio.storage.reader import ObjectReader
from tenant_minio.storage.source import pieces_of, rewind

_MAGIC = b"\x1f\x8b"
_IN_MEMORY = 1024 * 1024
_PIECE = 256 * 1024
# Below this gain a file is better served as it is.
_WORTH = 0.95


@contextmanager
def gzipped(content: Any) -> Iterator[tuple[Any, bool]]:
    """``content``, and whether it is compressed now: not where that saves less than a twentieth.

    The header holds neither time nor name, so that equal content has an equal ETag.

    Args:
        content: a file-like object; text counts as UTF-8. One that cannot be rewound is read once.
    """
    given = content if hasattr(content, "chunks") else File(content)
    size = 0
    with SpooledTemporaryFile(_IN_MEMORY) as packed:
        with gzip.GzipFile(filename="", mode="wb", fileobj=packed, mtime=0) as pack:
            for piece in pieces_of(given, _PIECE):
                size += pack.write(piece.encode() if isinstance(piece, str) else piece)
        if packed.tell() < size * _WORTH:
            yield File(packed), True
        elif rewind(content):
            yield content, False
        else:
            packed.seek(0)
            with gzip.GzipFile(mode="rb", fileobj=packed) as unpacked:
                yield File(cast("Any", unpacked), getattr(content, "name", None)), False


class UnpackedFile(ObjectFile):
    """Reads a file that is stored with gzip as what it was before, and any other as it is."""

    def _readable(self, raw: ObjectReader) -> Any:
        self._unpacked: gzip.GzipFile | None = None
        file = super()._readable(raw)
        # Files of the types that are compressed do not begin so by themselves.
        if file.read(len(_MAGIC)) == _MAGIC:
            file.seek(0)
            self._unpacked = gzip.GzipFile(mode="rb", fileobj=file)
            return self._unpacked
        file.seek(0)
        return file

    @cached_property
    def _unpacked_size(self) -> int:
        assert self._unpacked is not None  # noqa: S101 -- size() asks where there is one
        position = self._unpacked.tell()
        size = self._unpacked.seek(0, io.SEEK_END)
        self._unpacked.seek(position)
        return size

    @property
    def size(self) -> int:
        """In bytes, as they are read. Of a compressed file, only reading it all tells."""
        if self.mode.startswith("r") and self._unpacked is not None:
            return self._unpacked_size
        return super().size

    def close(self) -> None:
        """Give the connection back, which what unpacks does not."""
        super().close()
        self._raw.close()

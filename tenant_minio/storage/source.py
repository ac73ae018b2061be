"""What is to be saved, read in pieces of bounded size."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from django.core.files.base import File

from tenant_minio.backends.write_options import WriteOptions
from tenant_minio.exceptions import ObjectExistsError
from tenant_minio.storage.location import Location
from tenant_minio.storage.upload import begin_upload, part_size
from tenant_minio.storage.write import put_whole


def rewind(content: Any) -> bool:
    """Go back to the beginning of a file-like object; False where it cannot."""
    if not _can_seek(content):
        return False
    try:
        content.seek(0)
    except (AttributeError, io.UnsupportedOperation):
        return False
    return True


def pieces_of(content: Any, size: int) -> Iterator[Any]:
    """What a Django file gives by its ``chunks``, from its beginning where it can be rewound."""
    if getattr(type(content), "chunks", None) is File.chunks and not _can_seek(content):
        # Django's own begins with a seek.
        return iter(lambda: content.read(size) or b"", b"")
    return iter(content.chunks(size))


def _can_seek(content: Any) -> bool:
    """False where it says so itself: an unbuffered pipe has a ``seek`` that raises OSError."""
    seekable = getattr(content, "seekable", None)
    return seekable is None or bool(seekable())


class Source:
    """A file, from its beginning where it can be rewound, else from where it stands.

    Args:
        content: a Django file, read by its ``chunks``, or anything with ``read``; text is stored
            in UTF-8. It is never closed.
        options: how it is to be written.

    Attributes:
        size: how many bytes were read so far; all, once it is stored.
    """

    def __init__(self, content: Any, options: WriteOptions) -> None:
        self._content = content if hasattr(content, "chunks") else File(content)
        self._options = options
        self._begin()
        # Pieces tell whether one request is enough; they are the first parts if not.
        self._held: list[bytes] = []
        while self.size <= options.multipart_threshold:
            piece = self._read(options.part_size)
            if piece or not self._held:
                self._held.append(piece)
            if len(piece) < options.part_size:
                break
        self._is_large = self.size > options.multipart_threshold

    def _begin(self) -> None:
        self._chunks = pieces_of(self._content, self._options.part_size)
        self._rest = b""
        self.size = 0

    def _read(self, size: int) -> bytes:
        """``size`` bytes, fewer at the end."""
        pieces, missing = [], size
        while missing > 0:
            piece = self._rest or next(self._chunks, b"")
            data = piece.encode() if isinstance(piece, str) else piece
            if not data:
                break
            self._rest = bytes(memoryview(data)[missing:])
            pieces.append(bytes(memoryview(data)[:missing]) if self._rest else bytes(data))
            missing -= len(pieces[-1])
        self.size += size - missing
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def store(self, location: Location, name: str, *, replace: bool) -> None:
        """Write it all under ``name``.

        Raises:
            ObjectExistsError: the name is taken and ``replace`` is False. It may be stored under
                another one then, unless it was large and cannot be rewound.
        """
        if not self._is_large:
            if len(self._held) > 1:
                self._held = [b"".join(self._held)]
            put_whole(location, name, self._held[0], replace=replace)
            return
        if not replace and location.exists(name):
            raise ObjectExistsError(
                f"There is a file {name!r} already, and it may not be replaced."
            )
        total = self._total()
        with begin_upload(location, name, replace=replace, total=total) as upload:
            parts = self._parts()
            while part := next(parts, None):
                upload.add(part)
                del part  # not kept while the next one is read
            upload.commit()

    def _total(self) -> int | None:
        """In bytes, where the file knows it."""
        try:
            size = self._content.size
        except (AttributeError, OSError):
            return None
        return size if isinstance(size, int) else None

    def can_repeat(self) -> bool:
        """Whether another :meth:`store` would have everything to write."""
        return bool(self._held) or rewind(self._content)

    def _parts(self) -> Iterator[bytes]:
        number = len(self._held)
        if self._held:
            held, self._held = self._held, []
            while held:
                yield held.pop(0)
        else:
            self._begin()
        while part := self._read(part_size(self._options, number)):
            yield part
            number += 1

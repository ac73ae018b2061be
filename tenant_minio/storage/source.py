"""What is to be saved, read in pieces of bounded size."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from tenant_minio.exceptions import ObjectExistsError
from tenant_minio.storage.location import Location
from tenant_minio.storage.upload import PART_SIZE, MultipartUpload, put_whole

_MAX_PARTS = 10_000  # S3 API: parts of one multipart upload


class Source:
    """A file-like object, from its beginning where it can be rewound, else from where it stands.

    Args:
        content: has ``read``; text is stored in UTF-8. It is never closed.
    """

    def __init__(self, content: Any) -> None:
        self._content = content
        self._rewindable = self._rewind()
        # Two pieces tell whether one request is enough; they are the first two parts if not.
        self._held = [self._read(PART_SIZE)]
        if len(self._held[0]) >= PART_SIZE and (second := self._read(PART_SIZE)):
            self._held.append(second)
        self._is_large = len(self._held) > 1

    def _rewind(self) -> bool:
        try:
            self._content.seek(0)
        except (AttributeError, io.UnsupportedOperation):
            return False
        return True

    def _read(self, size: int) -> bytes:
        """``size`` bytes, fewer at the end. A text stream may give a few more."""
        pieces: list[bytes] = []
        missing = size
        while missing > 0 and (piece := self._content.read(missing)):
            data = piece.encode() if isinstance(piece, str) else bytes(piece)
            pieces.append(data)
            missing -= len(data)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def store(self, location: Location, name: str, *, replace: bool) -> None:
        """Write it all under ``name``.

        Raises:
            ObjectExistsError: the name is taken and ``replace`` is False. It may be stored under
                another one then, unless it was large and cannot be rewound.
        """
        if not self._is_large:
            put_whole(location, name, self._held[0], replace=replace)
            return
        if not replace and location.exists(name):
            raise ObjectExistsError(
                f"There is a file {name!r} already, and it may not be replaced."
            )
        with MultipartUpload(location, name, replace=replace) as upload:
            for part in self._parts():
                upload.add(part)
            upload.commit()

    @property
    def can_repeat(self) -> bool:
        """Whether another :meth:`store` would have everything to write."""
        return bool(self._held) or self._rewindable

    def _parts(self) -> Iterator[bytes]:
        number = len(self._held)
        if self._held:
            held, self._held = self._held, []
            while held:
                yield held.pop(0)
        else:
            self._rewind()
        # A length is not always known: larger parts later keep any file below 10,000 of them.
        while part := self._read(PART_SIZE * 2 ** (number * 4 // _MAX_PARTS)):
            yield part
            number += 1

"""File objects over objects: read by range in bounded memory, written whole or not at all."""

from __future__ import annotations

import io
from types import TracebackType
from typing import TYPE_CHECKING, Any

from django.core.files.base import File

from tenant_minio.exceptions import BackendUnavailableError, ObjectChangedError
from tenant_minio.storage.location import Location
from tenant_minio.storage.upload import PART_SIZE, MultipartUpload, put_whole

if TYPE_CHECKING:
    from tenant_minio.backends.base import Body

WINDOW_SIZE = 256 * 1024
_BUFFER_SIZE = 64 * 1024
_CHUNK_SIZE = 1024 * 1024
_MODES = {"r": "r", "rt": "r", "rb": "rb", "w": "w", "wt": "w", "wb": "wb"}


class ObjectReader(io.RawIOBase):
    """Reads one version of an object.

    Opening fetches a window of 256 KiB, which is all of a small file. Reading on from its end is
    one more request for the rest; a seek fetches another window where it is next read. All are
    pinned to the first answer's ETag, so a replaced file is an error and never a mixture.

    Raises:
        ObjectNotFoundError: at opening.
        ObjectChangedError: the file was replaced since.
        BackendUnavailableError: the cluster failed, or broke off twice.
    """

    def __init__(self, location: Location, name: str) -> None:
        super().__init__()
        self._location = location
        self._name = name
        self._position = 0
        self._start = 0
        self._body: Body | None = None
        self._body_at = -1
        info, self._window = location.get_window(name, 0, WINDOW_SIZE)
        self.size = info.size
        self.etag = info.etag

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size}[whence]
        if base + offset < 0:
            raise ValueError(f"A position is not negative: {base + offset}.")
        self._position = base + offset
        return self._position

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        piece = self._take(len(view))
        view[: len(piece)] = piece
        return len(piece)

    def readall(self) -> bytes:
        pieces = []
        while piece := self._take(_CHUNK_SIZE):
            pieces.append(bytes(piece))
        return b"".join(pieces)

    def _take(self, wanted: int) -> bytes | memoryview:
        """Up to ``wanted`` bytes from the position, which moves past them."""
        if self.closed:
            raise ValueError("I/O operation on closed file.")
        if wanted == 0 or self._position >= self.size:
            return b""
        offset = self._position - self._start
        if not 0 <= offset < len(self._window):
            if self._body_at == self._position or offset == len(self._window):
                piece = self._stream(wanted)
                self._position += len(piece)
                return piece
            self._move_window()
            offset = 0
        window = memoryview(self._window)[offset : offset + wanted]
        self._position += len(window)
        return window

    def _move_window(self) -> None:
        self._close_body()
        info, window = self._location.get_window(self._name, self._position, WINDOW_SIZE, self.etag)
        if info.etag != self.etag or not window:
            raise ObjectChangedError(f"{self._name!r} was replaced while it was being read.")
        self._start, self._window = self._position, window

    def _stream(self, wanted: int) -> bytes:
        """Read on from the body; a connection that breaks is made once more."""
        piece = b""
        broken: BackendUnavailableError | None = None
        for _attempt in range(2):
            if self._body is None or self._body_at != self._position:
                self._close_body()
                self._body = self._location.get_rest(self._name, self._position, self.etag)
                self._body_at = self._position
            try:
                piece = self._body.read(wanted)
            except BackendUnavailableError as error:
                broken = error
            if piece:
                self._body_at += len(piece)
                if self._body_at >= self.size:
                    self._close_body()
                return piece
            self._close_body()
        raise BackendUnavailableError(
            f"{self._name!r} ended after {self._position} of {self.size} bytes."
        ) from broken

    def _close_body(self) -> None:
        if self._body is not None:
            self._body.close()
            self._body = None
            self._body_at = -1

    def close(self) -> None:
        if not self.closed:
            self._close_body()
            self._window = b""
        super().close()


class ObjectWriter(io.BufferedIOBase):
    """Takes bytes in order; :meth:`commit` makes them the object, anything else drops them."""

    def __init__(self, location: Location, name: str) -> None:
        super().__init__()
        self._location = location
        self._name = name
        self._buffer = bytearray()
        self._upload: MultipartUpload | None = None
        self.size = 0
        location.key(name)

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.size

    def write(self, data: Any) -> int:
        if self.closed:
            raise ValueError("I/O operation on closed file.")
        view = memoryview(data).cast("B")
        self._buffer += view
        self.size += len(view)
        while len(self._buffer) > PART_SIZE:
            if self._upload is None:
                self._upload = MultipartUpload(self._location, self._name, replace=True)
            part = bytes(memoryview(self._buffer)[:PART_SIZE])
            del self._buffer[:PART_SIZE]
            self._upload.add(part)
        return len(view)

    def commit(self) -> None:
        """Make the object appear, in place of the one that may be there."""
        if self._upload is None:
            put_whole(self._location, self._name, bytes(self._buffer), replace=True)
        else:
            with self._upload as upload:
                upload.add(bytes(self._buffer))
                upload.commit()
            self._upload = None

    def close(self) -> None:
        # Also what the garbage collector calls: nothing half-written is ever kept.
        upload, self._upload = self._upload, None
        if upload is not None:
            upload.abort()
        super().close()


class ObjectFile(File):  # type: ignore[type-arg]  # no subscripts at run time
    """A file in a storage, as Django's ``File``. It keeps its place, whatever the context becomes.

    What is written appears on :meth:`close`; an exception inside ``with storage.open(...)`` drops
    it. (``with fieldfile.open("wb")`` only closes, in Django, and so keeps it.)

    Args:
        location: where it lives.
        name: relative to it.
        mode: r, rb, w or wb; text is UTF-8.
    """

    file: Any

    def __init__(self, location: Location, name: str, mode: str) -> None:
        self._location = location
        super().__init__(None, name)
        self._begin(mode)

    def _begin(self, mode: str) -> None:
        if mode not in _MODES:
            raise ValueError(f"A file is opened in mode r, rb, w or wb, not {mode!r}.")
        self.mode = _MODES[mode]
        name = str(self.name)
        self._raw: ObjectReader | ObjectWriter
        file: Any
        if self.mode.startswith("r"):
            self._raw = ObjectReader(self._location, name)
            file = io.BufferedReader(self._raw, _BUFFER_SIZE)
        else:
            file = self._raw = ObjectWriter(self._location, name)
        if "b" not in self.mode:
            newline = None if self.mode == "r" else ""
            file = io.TextIOWrapper(file, encoding="utf-8", newline=newline)
        self.file = file

    @property
    def size(self) -> int:
        """In bytes; of what was written so far while writing."""
        return self._raw.size

    def open(self, mode: str | None = None, *_args: Any, **_kwargs: Any) -> ObjectFile:
        """Back to the beginning; anew if closed or in another mode."""
        wanted = _MODES.get(mode or self.mode, mode)
        if not self.closed and wanted == self.mode and self.mode.startswith("r"):
            self.seek(0)
        else:
            self.close()
            self._begin(mode or self.mode)
        return self

    def close(self) -> None:
        """Give the connection back; for a file being written, make it appear."""
        if self.closed:
            return
        try:
            if isinstance(self._raw, ObjectWriter):
                self.file.flush()
                self._raw.commit()
        finally:
            self.file.close()

    def abort(self) -> None:
        """Drop what was written; the file that was there before stays."""
        self._raw.close()

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if exc_value is not None and isinstance(self._raw, ObjectWriter):
            self.abort()
        else:
            self.close()

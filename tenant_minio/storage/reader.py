"""Reading one version of an object by range, in bounded memory."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from tenant_minio.events import UNWATCHED, Operation, Outcome, Watch, outcome_of
from tenant_minio.exceptions import BackendUnavailableError, ObjectChangedError
from tenant_minio.storage.location import Location
from tenant_minio.storage.verifying import WholeRead

if TYPE_CHECKING:
    from tenant_minio.backends.base import Body

WINDOW_SIZE = 256 * 1024
_BUFFER_SIZE = 64 * 1024
_CHUNK_SIZE = 1024 * 1024


class ObjectReader(io.RawIOBase):
    """Reads one version of an object.

    Opening fetches a window of 256 KiB, which is all of a small file. Reading on from its end is
    one more request for the rest; a seek fetches another window where it is next read. All are
    pinned to the first answer's ETag, so a replaced file is an error and never a mixture.

    Raises:
        ObjectNotFoundError: at opening.
        ObjectChangedError: the file was replaced since.
        BackendUnavailableError: the cluster failed, or broke off twice.
        ChecksumMismatchError: with the option ``verify_on_read``, in place of the last bytes.
    """

    # Until there is one: also what could not be opened is closed.
    _watch: Watch = UNWATCHED

    def __init__(self, location: Location, name: str) -> None:
        super().__init__()
        self._location = location
        self._name = name
        self._position = 0
        self._body: Body | None = None
        self._body_at = -1
        self._outcome = Outcome.OK
        self._given = 0
        self._watch = location.watch(Operation.READ, outlives_call=True)
        try:
            info, window = self._watch.measure(location.get_window, name, 0, WINDOW_SIZE)
        except BaseException as error:
            self._watch.end(outcome_of(error))
            raise
        self._keep(0, window)
        self.size = info.size
        self.etag = info.etag
        self._check: WholeRead | None = None
        if location.write_options().verify_on_read:
            self._check = WholeRead(location, name, info)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence != io.SEEK_SET:
            offset += {io.SEEK_CUR: self._position, io.SEEK_END: self.size}[whence]
        if offset < 0:
            raise ValueError(f"A position is not negative: {offset}.")
        self._position = offset
        return offset

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        piece = self._take(len(view))
        view[: len(piece)] = piece
        return len(piece)

    def readall(self) -> bytes:
        # BytesIO gives its buffer away without a copy; joined pieces would be held twice.
        whole = io.BytesIO()
        while piece := self._take(_CHUNK_SIZE):
            whole.write(piece)
        return whole.getvalue()

    def take(self, wanted: int) -> bytes:
        """``wanted`` bytes, fewer at the end. One that arrives in one piece is not copied."""
        pieces: list[bytes | memoryview] = []
        while wanted > 0 and (piece := self._take(wanted)):
            pieces.append(piece)
            wanted -= len(piece)
        if len(pieces) == 1 and isinstance(pieces[0], bytes):
            return pieces[0]
        return b"".join(pieces)

    def _take(self, wanted: int) -> bytes | memoryview:
        """Up to ``wanted`` bytes from the position, which moves past them."""
        if self.closed:
            raise ValueError("I/O operation on closed file.")
        if wanted == 0 or self._position >= self.size:
            return b""
        position = self._position
        piece: bytes | memoryview
        try:
            # At the body, or where the window ends, reading just goes on.
            if position != self._body_at and not self._start <= position <= self._window_end:
                self._watch.measure(self._move_window)
            if self._start <= position < self._window_end:
                offset = position - self._start
                piece = memoryview(self._window)[offset : offset + wanted]
            else:
                # Also where a server gave less of the window than it was asked for.
                piece = self._watch.measure(self._stream, wanted)
            if self._check is not None:
                self._check.add(position, piece)
        except BaseException as error:
            self._outcome = outcome_of(error)
            raise
        self._position += len(piece)
        self._given += len(piece)
        return piece

    def _move_window(self) -> None:
        self._close_body()
        # Near the end, all of the end: a zip file's directory and its like are read backwards.
        start = min(self._position, max(0, self.size - WINDOW_SIZE))
        info, window = self._location.get_window(self._name, start, WINDOW_SIZE, self.etag)
        if info.etag != self.etag or not window:
            raise ObjectChangedError(f"{self._name!r} was replaced while it was being read.")
        self._keep(start, window)

    def _keep(self, start: int, window: bytes) -> None:
        self._start, self._window = start, window
        self._window_end = start + len(window)

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
                if error.timed_out:
                    self._close_body()
                    raise
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
            self._watch.bytes = self._given
            self._watch.end(self._outcome)
        super().close()


class BufferedObject(io.BufferedReader):
    """Python's own buffer, which only small reads go through.

    It would fill its result with ``readinto``, and so copy all of a large object once more, which
    takes a third of the time that reading from a cluster nearby does.
    """

    raw: ObjectReader

    def __init__(self, raw: ObjectReader) -> None:
        super().__init__(raw, _BUFFER_SIZE)

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or size < _BUFFER_SIZE:
            return super().read(size)
        ahead = self.raw.tell() - self.tell()
        # What the buffer holds, then straight from the object.
        data = super().read(ahead) if ahead else b""
        rest = self.raw.take(size - ahead)
        # The buffer is empty and has not seen the object's position move: seeking there tells it.
        self.seek(self.raw.tell())
        return data + rest if data else rest

"""Writing one object through a file: it appears whole, or not at all."""

from __future__ import annotations

import io
from typing import Any

from tenant_minio.events import UNWATCHED, Operation, Outcome, Watch, outcome_of
from tenant_minio.storage.location import Location
from tenant_minio.storage.spooled import SpooledUpload
from tenant_minio.storage.upload import MultipartUpload, begin_upload, part_size
from tenant_minio.storage.write import put_whole


class ObjectWriter(io.BufferedIOBase):
    """Takes bytes in order; :meth:`commit` makes them the object, anything else drops them."""

    # Until there is one: also what could not be opened is closed.
    _watch: Watch = UNWATCHED

    def __init__(self, location: Location, name: str) -> None:
        super().__init__()
        self._location = location
        self._name = name
        self._buffer = bytearray()
        self._upload: MultipartUpload | SpooledUpload | None = None
        self._parts = 0
        self.size = 0
        self._outcome = Outcome.ABORTED
        self._watch = location.watch(Operation.WRITE, outlives_call=True)
        try:
            location.key(name)
            self._options = location.write_options()
        except BaseException as error:
            self._watch.end(outcome_of(error))
            raise

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
        try:
            self._watch.measure(self._send_parts)
        except BaseException as error:
            self._outcome = outcome_of(error)
            raise
        return len(view)

    def _send_parts(self) -> None:
        while len(self._buffer) > max(size := part_size(self._options, self._parts), self._whole()):
            if self._upload is None:
                self._upload = begin_upload(self._location, self._name, replace=True)
            part = bytes(memoryview(self._buffer)[:size])
            del self._buffer[:size]
            self._upload.add(part)
            self._parts += 1

    def commit(self) -> None:
        """Make the object appear, in place of the one that may be there."""
        try:
            self._watch.measure(self._commit)
        except BaseException as error:
            self._outcome = outcome_of(error)
            raise
        self._outcome = Outcome.OK
        self._watch.bytes = self.size

    def _commit(self) -> None:
        upload, self._upload = self._upload, None
        if upload is None:
            put_whole(self._location, self._name, bytes(self._buffer), replace=True)
            return
        with upload:
            upload.add(bytes(self._buffer))
            upload.commit()

    def _whole(self) -> int:
        """Bytes up to which everything may still go in one request."""
        return self._options.multipart_threshold if self._upload is None else 0

    def close(self) -> None:
        # Also what the garbage collector calls: nothing half-written is ever kept.
        upload, self._upload = self._upload, None
        try:
            if upload is not None:
                upload.abort()
        finally:
            self._watch.end(self._outcome)
            super().close()

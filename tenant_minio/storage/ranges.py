"""Some bytes of one version of an object, in order, as they come."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from tenant_minio.backends.base import ByteRange
from tenant_minio.events import Operation, Outcome, outcome_of
from tenant_minio.exceptions import BackendUnavailableError
from tenant_minio.storage.location import Location
from tenant_minio.storage.verifying import WholeRead


class ObjectRange:
    """A range of an object, read once from its beginning to its end.

    Opening is one request, which also tells what the whole object is. A connection that breaks is
    made once more for the bytes that are left, pinned to the ETag, so that a replaced file is an
    error and never a mixture. It keeps its place, whatever the context becomes; one thread at a
    time may read.

    Args:
        location: where it lives.
        name: relative to it.
        wanted: which bytes; all of them if None.

    Attributes:
        stat: what the cluster tells about the whole object.
        start, end: where the bytes begin and end in it; equal where there are none.

    Raises:
        ObjectNotFoundError: at opening.
        ObjectChangedError: the file was replaced since.
        BackendUnavailableError: the cluster failed, or broke off twice.
        ChecksumMismatchError: with the option ``verify_on_read``, in place of the last bytes of a
            whole file.
    """

    def __init__(self, location: Location, name: str, wanted: ByteRange | None) -> None:
        self._location = location
        self._name = name
        self._outcome = Outcome.OK
        self._watch = location.watch(Operation.READ, outlives_call=True)
        try:
            self.stat, self._body = self._watch.measure(location.get_range, name, wanted)
        except BaseException as error:
            self._watch.end(outcome_of(error))
            raise
        self.start, self.end = (wanted or ByteRange(0, None)).extent(self.stat.size)
        self._position = self.start
        self._check: WholeRead | None = None
        if self.end - self.start == self.stat.size and location.write_options().verify_on_read:
            self._check = WholeRead(location, name, self.stat)

    @property
    def backend(self) -> str:
        """The alias of the cluster that the bytes come from."""
        return self._location.backend.alias

    def read(self, size: int) -> bytes:
        """Up to ``size`` bytes; empty at the end."""
        wanted = min(size, self.end - self._position)
        if wanted <= 0:
            return b""
        try:
            piece = self._watch.measure(self._read_on, wanted)
            if self._check is not None:
                self._check.add(self._position, piece)
        except BaseException as error:
            self._outcome = outcome_of(error)
            raise
        self._position += len(piece)
        return piece

    def _read_on(self, wanted: int) -> bytes:
        """What comes next; a connection that breaks is made once more."""
        broken: BackendUnavailableError | None = None
        for attempt in range(2):
            if attempt:
                self._body.close()
                rest = ByteRange(self._position, self.end - 1)
                _stat, self._body = self._location.get_range(self._name, rest, self.stat.etag)
            try:
                piece = self._body.read(wanted)
            except BackendUnavailableError as error:
                if error.timed_out:
                    raise
                broken = error
                continue
            if piece:
                return piece
        raise BackendUnavailableError(
            f"{self._name!r} ended after {self._position} of {self.end} bytes."
        ) from broken

    def close(self) -> None:
        """Give the connection back, or up where something is left to read."""
        self._body.close()
        self._watch.bytes = self._position - self.start
        self._watch.end(self._outcome)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

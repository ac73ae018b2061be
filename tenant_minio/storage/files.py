"""File objects as Django hands them out."""

from __future__ import annotations

import io
from types import TracebackType
from typing import Any

from django.core.files.base import File

from tenant_minio.exceptions import TenantMinioError
from tenant_minio.storage.location import Location
from tenant_minio.storage.reader import BufferedObject, ObjectReader
from tenant_minio.storage.writer import ObjectWriter

_MODES = {"r": "r", "rt": "r", "rb": "rb", "w": "w", "wt": "w", "wb": "wb"}


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
            file = self._readable(self._raw)
        else:
            file = self._raw = ObjectWriter(self._location, name)
        if "b" not in self.mode:
            newline = None if self.mode == "r" else ""
            file = io.TextIOWrapper(file, encoding="utf-8", newline=newline)
        self.file = file

    def _readable(self, raw: ObjectReader) -> Any:
        """The bytes that are read; a subclass may give others than are stored."""
        return BufferedObject(raw)

    @property
    def size(self) -> int:
        """In bytes; of what was written so far while writing."""
        if self.mode == "w" and not self.closed:
            self.file.flush()
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
            try:
                self.abort()
            except TenantMinioError as error:  # what went wrong first is what is told
                exc_value.add_note(f"The unfinished file could not be aborted: {error}")
        else:
            self.close()

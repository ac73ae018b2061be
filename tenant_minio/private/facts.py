"""What a storage tells of a file, and a part of its bytes, whichever storage it is."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from django.core.files.storage import Storage

from tenant_minio.backends.base import ByteRange, ObjectStat
from tenant_minio.storage.base import ObjectStorage
from tenant_minio.storage.ranges import ObjectRange

# Of a name that no file can have, beside a missing one.
_NO_SUCH_FILE = frozenset({errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG})
_TOLD = ("content-encoding", "content-language")


@dataclass(frozen=True, slots=True)
class Facts:
    """What answers about a file say (RFC 9110, 8.8).

    Args:
        size: in bytes.
        etag: a strong one, in quotes.
        modified: with time zone.
        headers: what else the file is sent with, by lower-case name: how its bytes are encoded.
    """

    size: int
    etag: str
    modified: datetime
    headers: Mapping[str, str] = field(default_factory=dict)


class Part(Protocol):
    """Some bytes of one version of a file, read once.

    Attributes:
        facts: of the whole file.
        start, end: where the bytes begin and end in it; equal where there are none.
        lane: what they come from: those of one lane wait for each other, and for no other.
    """

    facts: Facts
    start: int
    end: int
    lane: str

    def read(self, size: int) -> bytes:
        """Up to ``size`` bytes; empty at the end. Blocks."""

    def close(self) -> None:
        """Give back what is open."""


def facts_of(storage: Storage, name: str) -> Facts:
    """What the storage tells of a file.

    Raises:
        FileNotFoundError: there is no such file.
    """
    if isinstance(storage, ObjectStorage):
        return _object_facts(storage.stat(name))
    with _only_not_found():
        try:
            return _local_facts(os.stat(storage.path(name)))  # noqa: PTH116 -- a path as text
        except NotImplementedError:
            return _told_facts(storage, name)


def open_part(storage: Storage, name: str, wanted: ByteRange | None) -> Part:
    """The bytes of a file that are wanted; all of them if None. One request of a cluster.

    Raises:
        FileNotFoundError: there is no such file.
    """
    if isinstance(storage, ObjectStorage):
        return ObjectPart(storage.open_range(name, wanted))
    with _only_not_found():
        file = storage.open(name, "rb")
        try:
            return FilePart(storage, name, file, wanted)
        except BaseException:
            file.close()
            raise


class ObjectPart:
    """A part of a file on a cluster."""

    def __init__(self, opened: ObjectRange) -> None:
        self.facts = _object_facts(opened.stat)
        self.start, self.end = opened.start, opened.end
        self.lane = opened.backend
        self.read = opened.read
        self.close = opened.close


class FilePart:
    """A part of a file of any other storage."""

    lane = ""

    def __init__(self, storage: Storage, name: str, file: Any, wanted: ByteRange | None) -> None:
        self._file = file
        try:
            # Of the very file that is open: the name may lead to another by now.
            self.facts = _local_facts(os.fstat(file.fileno()))
        except (AttributeError, NotImplementedError, OSError) as error:
            if isinstance(error, FileNotFoundError):
                raise
            self.facts = _told_facts(storage, name)
        self.start, self.end = (wanted or ByteRange(0, None)).extent(self.facts.size)
        self._left = self.end - self.start
        file.seek(self.start)

    def read(self, size: int) -> bytes:
        piece: bytes = self._file.read(min(size, self._left))
        if self._left and not piece:
            raise OSError(f"{self._file.name!r} ended {self._left} bytes early.")
        self._left -= len(piece)
        return piece

    def close(self) -> None:
        self._file.close()


def _object_facts(told: ObjectStat) -> Facts:
    headers = {name: told.headers[name] for name in _TOLD if name in told.headers}
    return Facts(told.size, f'"{told.etag}"', told.modified, headers)


def _local_facts(told: os.stat_result) -> Facts:
    if not stat.S_ISREG(told.st_mode):
        raise FileNotFoundError(errno.ENOENT, "it is no file")
    modified = datetime.fromtimestamp(told.st_mtime, UTC)
    return Facts(told.st_size, f'"{told.st_mtime_ns:x}-{told.st_size:x}"', modified)


def _told_facts(storage: Storage, name: str) -> Facts:
    size, modified = storage.size(name), storage.get_modified_time(name)
    at = modified if modified.tzinfo else modified.astimezone()
    return Facts(size, f'"{int(at.timestamp() * 1_000_000):x}-{size:x}"', at)


@contextmanager
def _only_not_found() -> Iterator[None]:
    """Say FileNotFoundError also of a name that no file can have."""
    try:
        yield
    except ValueError as error:  # a NUL in the name
        raise FileNotFoundError(errno.ENOENT, str(error)) from error
    except OSError as error:
        if error.errno in _NO_SUCH_FILE:
            raise FileNotFoundError(errno.ENOENT, str(error)) from error
        raise

"""A local folder that a storage can work on before its files go to the cluster.

The storage's own class saves and post-processes there, so names, contents and headers are those
that it would have given them in the cluster, and none of it costs a request.
"""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from tenant_minio.backends.base import NONE, Body, Listed, ObjectInfo, Part
from tenant_minio.backends.write_options import WriteOptions
from tenant_minio.events import UNWATCHED, Watch
from tenant_minio.exceptions import ObjectExistsError, ObjectNotFoundError
from tenant_minio.storage.location import Location


@dataclass(frozen=True, slots=True)
class Item:
    """One object that is to be stored.

    Args:
        open: gives its bytes as a file; may be called many times, from any thread.
        headers: its own, as ``object_headers`` of the storage gives them.
    """

    open: Callable[[], Any]
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class StagedLocation(Location):
    """Has the names and URLs of a location in a cluster, and keeps the files in a folder.

    Args:
        folder: an empty one; whoever made it empties it.
        items: what is here, by name.
    """

    folder: Path
    items: dict[str, Item] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def _item(self, name: str) -> Item:
        self.key(name)
        try:
            return self.items[name]
        except KeyError:
            raise ObjectNotFoundError(f"{name!r} is not among the collected files.") from None

    def _keep(self, name: str, path: Path, sent: Mapping[str, str]) -> None:
        self.key(name)
        if "If-None-Match" in sent and name in self.items:
            raise ObjectExistsError(f"{name!r} is among the collected files already.")
        self.items[name] = Item(partial(path.open, "rb"), self.policy.object_headers(name))

    def head(self, name: str, *, quick: bool = False) -> ObjectInfo:
        with self._item(name).open() as file:
            size = file.seek(0, 2) or file.tell()
        # What is here stays as it is while it is open, so no ETag has to tell.
        return ObjectInfo(size, "", datetime.now(UTC), "", "")

    def get_window(
        self, name: str, start: int, size: int, etag: str = ""
    ) -> tuple[ObjectInfo, bytes]:
        with self._item(name).open() as file:
            file.seek(start)
            return self.head(name), file.read(size)

    def get_rest(self, name: str, start: int, etag: str) -> Body:
        file: Body = (opened := self._item(name).open())
        opened.seek(start)
        return file

    def watch(self, operation: str, *, outlives_call: bool = False) -> Watch:
        """Nobody: it asks no cluster."""
        return UNWATCHED

    def write_options(self) -> WriteOptions:
        """None of the cluster's: they count when the files are sent there."""
        return WriteOptions()

    def put(
        self, name: str, data: bytes, headers: Mapping[str, str], query: Mapping[str, str] = NONE
    ) -> None:
        path = self.folder / str(next(self._numbers))
        path.write_bytes(data)
        self._keep(name, path, headers)

    def delete(self, name: str) -> None:
        self.key(name)
        self.items.pop(name, None)

    def list(self, path: str) -> Iterator[Listed]:
        start = f"{path.rstrip('/')}/" if path not in {"", "."} else ""
        found: dict[str, int | None] = {}
        for name in sorted(self.items):
            if name.startswith(start):
                child, slash, _ = name.removeprefix(start).partition("/")
                found[child + slash] = None if slash else self.head(name).size
        return (Listed(name, size) for name, size in found.items())

    def create_upload(
        self, name: str, headers: Mapping[str, str], query: Mapping[str, str] = NONE
    ) -> str:
        self.key(name)
        return str(self.folder / str(next(self._numbers)))

    def put_part(
        self, name: str, upload: str, number: int, data: bytes, headers: Mapping[str, str] = NONE
    ) -> Part:
        Path(f"{upload}.{number}").write_bytes(data)
        return Part(str(number))

    def complete_upload(
        self, name: str, upload: str, parts: Sequence[Part], headers: Mapping[str, str]
    ) -> None:
        with Path(upload).open("wb") as whole:
            for part in parts:
                path = Path(f"{upload}.{part.etag}")
                with path.open("rb") as file:
                    shutil.copyfileobj(file, whole)
                path.unlink()
        self._keep(name, Path(upload), headers)

    def abort_upload(self, name: str, upload: str, *, quick: bool = False) -> None:
        """The parts go with the folder."""


def staged(location: Location, folder: Path) -> StagedLocation:
    """The same location, in a folder."""
    return StagedLocation(
        location.backend, location.route, location.tenant, location.policy, folder
    )

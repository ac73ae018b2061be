"""What a location holds and what is referred to, compared without holding it in memory."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from tenant_minio.orphans.spelling import fold
from tenant_minio.orphans.values import Found

_SCHEMA = """
CREATE TABLE object (
    name TEXT PRIMARY KEY, fold BLOB NOT NULL, size INTEGER NOT NULL, etag TEXT NOT NULL,
    modified REAL NOT NULL, held INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX object_fold ON object (fold);
CREATE TABLE missing (name TEXT PRIMARY KEY) WITHOUT ROWID;
"""
_ORPHAN = "held = 0 AND modified <= ?"


@dataclass(frozen=True, slots=True)
class Row:
    """One object of a location.

    Args:
        name: relative to the location.
        size: in bytes.
        etag: without quotes.
        modified: seconds since 1970.
    """

    name: str
    size: int
    etag: str
    modified: float


class Ledger:
    """A private SQLite database, gone when it is closed.

    SQLite keeps it in a cache of a few megabytes and spills the rest to a file in the directory
    for temporary files that has no name to others (https://www.sqlite.org/inmemorydb.html).

    Args:
        prefix: of the location, which goes before each name in a key.
    """

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.executescript(_SCHEMA)
        # One transaction for its life: nobody else reads it, and nothing is kept.
        self._db.execute("BEGIN")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._db.close()

    def add(self, rows: Iterable[Row]) -> None:
        """Note objects that are there."""
        self._db.executemany(
            "INSERT OR REPLACE INTO object (name, fold, size, etag, modified) "
            "VALUES (?, ?, ?, ?, ?)",
            ((r.name, fold(self._prefix + r.name), r.size, r.etag, r.modified) for r in rows),
        )

    def hold(self, folds: Iterable[bytes]) -> None:
        """Something refers to what these folded keys may mean."""
        self._db.executemany("UPDATE object SET held = 1 WHERE fold = ?", ((key,) for key in folds))

    def hold_below(self, start: bytes) -> None:
        """Something refers to all keys that begin so; to all there are, if it is empty."""
        if not start:
            self._db.execute("UPDATE object SET held = 1")
            return
        # The byte after "/" is "0": the least that no longer begins with it.
        self._db.execute(
            "UPDATE object SET held = 1 WHERE fold >= ? AND fold < ?", (start + b"/", start + b"0")
        )

    def expect(self, names: Iterable[str]) -> None:
        """Note those of these names under which nothing is there."""
        self._db.executemany(
            "INSERT OR IGNORE INTO missing SELECT ? "
            "WHERE NOT EXISTS (SELECT 1 FROM object WHERE name = ?)",
            ((name, name) for name in names),
        )

    def objects(self) -> Found:
        """All objects, without names."""
        return self._found("1", (), 0)

    def referenced(self) -> Found:
        """Those that something refers to, without names."""
        return self._found("held = 1", (), 0)

    def too_young(self, until: float) -> Found:
        """Those that nothing refers to, modified after ``until``, without names."""
        return self._found("held = 0 AND modified > ?", (until,), 0)

    def orphans(self, until: float, names: int) -> Found:
        """Those that nothing refers to, modified up to ``until``."""
        return self._found(_ORPHAN, (until,), names)

    def _found(self, where: str, arguments: tuple[float, ...], names: int) -> Found:
        # `where` is one of the texts above.
        count, size = self._db.execute(
            f"SELECT count(*), coalesce(sum(size), 0) FROM object WHERE {where}",  # noqa: S608
            arguments,
        ).fetchone()
        chosen = self._db.execute(
            f"SELECT name FROM object WHERE {where} ORDER BY name LIMIT ?",  # noqa: S608
            (*arguments, names),
        )
        return Found(count, size, tuple(name for (name,) in chosen))

    def batches_of_orphans(self, until: float, size: int) -> Iterator[list[Row]]:
        """All orphans, up to ``size`` at a time."""
        chosen = f"SELECT name, size, etag, modified FROM object WHERE {_ORPHAN} ORDER BY name"  # noqa: S608
        with closing(self._db.execute(chosen, (until,))) as cursor:
            while batch := cursor.fetchmany(size):
                yield [Row(*values) for values in batch]

    def batches_of_missing(self, size: int) -> Iterator[list[str]]:
        """The names under which nothing was there, up to ``size`` at a time."""
        with closing(self._db.execute("SELECT name FROM missing ORDER BY name")) as cursor:
            while batch := cursor.fetchmany(size):
                yield [name for (name,) in batch]

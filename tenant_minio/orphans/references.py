"""Which names are referred to: by file fields, and by what TENANT_MINIO["REFERENCES"] names."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db.models import QuerySet

from tenant_minio.backends.registry import registry
from tenant_minio.buckets import Need
from tenant_minio.conf import conf
from tenant_minio.exceptions import ReferencesUnreadableError, TenantMinioError
from tenant_minio.orphans.fields import Column, columns_of
from tenant_minio.orphans.spelling import fold
from tenant_minio.orphans.tables import Tables
from tenant_minio.orphans.views import asked_in, inside, views_of
from tenant_minio.storage.location import Location
from tenant_minio.tenants.context import key_of

_CHUNK = 2000


@dataclass(frozen=True, slots=True)
class Names:
    """Some names that are referred to.

    Args:
        starts: what may go before each in a key.
        names: as they are stored.
        certain: they are this location's and no other's, so that their objects must be there.
        patterns: a name that ends in ``/`` stands for all below it.
    """

    starts: tuple[str, ...]
    names: list[str]
    certain: bool = False
    patterns: bool = False

    @property
    def keys(self) -> Iterator[bytes]:
        """The folded keys that they may mean."""
        return (fold(start + name) for name in self.names for start in self.starts)

    @property
    def below(self) -> Iterator[bytes]:
        """The folded keys below which everything is referred to; empty for all there is."""
        if self.patterns:
            yield from (fold(self.starts[0] + n) for n in self.names if n.endswith("/"))


class References:
    """All that may refer to the files in one location.

    Args:
        tenant: whose location it is; None for a storage that no tenant owns.
        place: where it is.
        asked: the locations of the same owner that can hold its files, itself among them:
            TENANT_MINIO["REFERENCES"] are asked about each, since names are relative to each.

    Raises:
        TenantMinioError: the settings do not say how to see all rows.
    """

    def __init__(self, tenant: str | None, place: Location, asked: Collection[Need]) -> None:
        self._tenant = tenant
        self._asked = {
            (need.alias, need.route.prefix): None for need in asked if need.route is not None
        }
        self._cluster = registry.declared.clusters[place.route.backend]
        self._callables = conf.references
        self._columns = list(columns_of(tenant, place))
        everyone = tenant is None or any(column.fixed for column in self._columns)
        self._views = views_of(tenant, everyone=everyone)
        self._asked_in = asked_in(tenant, self._views) if self._callables else []

    def read(self, take: Callable[[Names], None], only: Collection[str] | None = None) -> None:
        """Hand over every name that is referred to, some at a time.

        Args:
            take: gets them, inside the view that they come from. (An iterator would leave its
                view open in whoever asks for the next.)
            only: keys; names that are not written as one of them may be left out, also those that
                may mean one in another spelling.

        Raises:
            ReferencesUnreadableError: something could not be read; what was handed over is not all.
            TenantMinioError: a tenant could not be entered.
        """
        tables = Tables()
        columns_in, callables_in = set(self._views), set(self._asked_in)
        # Whatever is asked of one tenant only is asked last where nobody else's rows count.
        for view in dict.fromkeys([*self._views, *self._asked_in]):
            with _telling("the tables", view), inside(view):
                if view in columns_in:
                    tables.next_view()
                    self._read_view(view, tables, take, only)
                if view in callables_in:
                    self._ask(view, take)

    def _read_view(
        self,
        view: str | None,
        tables: Tables,
        take: Callable[[Names], None],
        only: Collection[str] | None,
    ) -> None:
        own = view is None or view == self._tenant
        for column in self._columns:
            if not (own or column.fixed):
                continue
            last = view == (self._views[-1] if column.fixed else self._tenant)
            with _telling(str(column), view):
                for database in tables.of(column.model, column.field, last=last):
                    shared = view is None or self._views == [view]
                    shared = shared or tables.met(column.field, database)
                    certain = self._is_certain(column, shared=shared)
                    for rows in self._rows(column, database, only):
                        ours = [name for name, key in rows if key is not None]
                        nobodys = [name for name, key in rows if key is None]
                        take(Names(column.starts, ours, certain))
                        take(Names(column.starts, nobodys))

    def _ask(self, view: str | None, take: Callable[[Names], None]) -> None:
        for function in self._callables:
            for alias, prefix in self._asked:
                with _telling(f"TENANT_MINIO['REFERENCES'], {_name(function)},", view):
                    names = iter(function(alias, self._tenant))
                    while chunk := [_text(name) for name in islice(names, _CHUNK)]:
                        given = [name for name in chunk if name]
                        take(Names((prefix,), given, patterns=True))

    def _is_certain(self, column: Column, *, shared: bool) -> bool:
        """Whether the rows of a column say that their files are in this location.

        Those of a table that tenants share say so only where the storage, or a column, does.
        """
        location = column.location
        if location is None:
            return False
        if registry.declared.clusters[location.route.backend] != self._cluster:
            return False
        return column.fixed or column.owner is not None or not shared

    def _rows(
        self, column: Column, database: str, only: Collection[str] | None
    ) -> Iterator[list[tuple[str, str | None]]]:
        """The names in a column that may be ours; None beside one says that it may be nobody's."""
        field = column.field.name
        # Not through a manager: its own may hide rows, such as those in the bin.
        rows: QuerySet[Any] = QuerySet(column.model, using=database).order_by()
        rows = rows.filter(column.where(self._tenant))
        if only is not None and column.is_plain:
            wanted = {
                key.removeprefix(start)
                for start in column.starts
                for key in only
                if key.startswith(start)
            }
            rows = rows.filter(**{f"{field}__in": wanted})
        owner = column.owner
        values = rows.values_list(field, owner.attname if owner is not None else field)
        found = values.iterator(chunk_size=_CHUNK)
        while chunk := list(islice(found, _CHUNK)):
            named = [(name, of) for value, of in chunk for name in _names_in(value, column)]
            if owner is None:
                yield [(name, "") for name, _value in named]
                continue
            source = f"The tenant of a row of {column}"
            keyed = [(name, key_of(value, source)) for name, value in named]
            yield [(name, key) for name, key in keyed if key is None or key == self._tenant]


def _names_in(value: object, column: Column) -> Iterator[str]:
    """The names that a row holds."""
    if isinstance(value, str):
        if value:
            yield value
    elif isinstance(value, list | tuple | set) and not column.holds_one:
        for one in value:
            yield from _names_in(one, column)
    elif value is not None:
        raise TypeError(f"it gave {type(value).__name__}, and a name is a str")


def _text(name: object) -> str:
    if name is None or isinstance(name, str):
        return name or ""
    raise TypeError(f"gave {name!r}, which is no name: a name is a str")


def _name(function: Callable[..., Any]) -> str:
    return getattr(function, "__qualname__", type(function).__qualname__)


@contextmanager
def _telling(source: str, view: str | None) -> Iterator[None]:
    """Say what could not be read, whatever the reason: a callable may raise anything."""
    try:
        yield
    except TenantMinioError:
        raise
    except Exception as error:
        where = "outside of all tenants" if view is None else f"inside the tenant {view!r}"
        raise ReferencesUnreadableError(
            f"{source} could not be read {where}, so nothing is known to be an orphan: "
            f"{type(error).__name__}: {error}"
        ) from error

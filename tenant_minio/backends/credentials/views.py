"""What is kept for each route, within bounds."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from cachetools import LRUCache

from tenant_minio.routing.route import Route

_View = TypeVar("_View")


class Views(Generic[_View]):
    """One view for each route, made at first use; those used last are kept.

    Safe to use from many threads. A view that is in use where another takes its place stays good.

    Args:
        make: a view of a route; contacts nothing.
        size: how many are kept.
    """

    def __init__(self, make: Callable[[Route], _View], size: int) -> None:
        self._make = make
        self._kept: LRUCache[Route, _View] = LRUCache(size)
        self._lock = threading.Lock()

    def forget(self) -> list[_View]:
        """Begin anew, in a forked child, whose parent may have held the lock; what was kept."""
        views = list(self._kept.values())
        self._kept = LRUCache(self._kept.maxsize)
        self._lock = threading.Lock()
        return views

    def of(self, route: Route) -> _View:
        """The view of a route."""
        with self._lock:
            view = self._kept.get(route)
            if view is None:
                view = self._kept[route] = self._make(route)
            return view

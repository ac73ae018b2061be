"""How the storages of the entries write."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tenant_minio.backends.declared.faults import Faults
from tenant_minio.backends.write_options import WRITE_OPTIONS, WriteOptions, layered, parse_write
from tenant_minio.exceptions import InvalidBackendError
from tenant_minio.problems import Problem
from tenant_minio.routing.router import Router


class Written:
    """The values that each entry gives, and what they are together.

    Args:
        entries: alias and OPTIONS of each entry that is this package's.
    """

    def __init__(self, entries: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
        self.problems: list[Problem] = []
        self._values: dict[str, dict[str, Any]] = {}
        for alias, options in entries:
            given = {name: value for name, value in options.items() if name in WRITE_OPTIONS}
            self._values[alias], problems = parse_write(alias, given)
            self.problems += problems

    def options(self, alias: str, backend: str) -> WriteOptions:
        """How the storage ``alias`` writes on a backend: its values over those of the backend.

        Raises:
            InvalidBackendError: together they are more than S3 takes.
        """
        return layered(self._values.get(name, {}) for name in dict.fromkeys((backend, alias)))

    def together(self, routers: Mapping[str, Router]) -> Iterator[Problem]:
        """What is wrong only where a storage's values lie over those of its backends."""
        for alias, router in routers.items():
            faults = Faults(alias)
            templates = [*router.routes.values(), *([router.template] if router.template else [])]
            for backend in sorted({template.backend for template in templates}):
                try:
                    self.options(alias, backend)
                except InvalidBackendError as error:
                    faults.add("E005", f"on {backend!r}: {error}", "Shorten one of the two.")
            yield from faults.found

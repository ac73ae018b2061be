"""How the storages of the entries write."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tenant_minio.backends.base import Backend
from tenant_minio.backends.declared.faults import Faults
from tenant_minio.backends.encryption import Encryption
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

    def together(
        self, routers: Mapping[str, Router], backends: Mapping[str, Backend]
    ) -> Iterator[Problem]:
        """What is wrong only where a storage's values meet its backends."""
        pairs = [(alias, alias) for alias in backends]
        for alias, router in routers.items():
            templates = [*router.routes.values(), *([router.template] if router.template else [])]
            pairs += [(alias, name) for name in sorted({each.backend for each in templates})]
        for alias, name in pairs:
            faults = Faults(alias)
            try:
                options = self.options(alias, name)
            except InvalidBackendError as error:
                faults.add("E005", f"on {name!r}: {error}", "Shorten one of the two.")
            else:
                sends_key = isinstance(options.sse, Encryption) and options.sse.key_headers
                if sends_key and not backends[name].is_private:
                    faults.add(
                        "E005",
                        f"option 'sse' would send its key to {name!r} in clear text.",
                        "Set 'secure' of that backend to True.",
                    )
            yield from faults.found

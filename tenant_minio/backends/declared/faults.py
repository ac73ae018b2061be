"""What can be wrong with the values that several kinds of entries take."""

from __future__ import annotations

from collections.abc import Mapping

from tenant_minio.problems import Problem
from tenant_minio.routing.buckets import bucket_fault
from tenant_minio.routing.template import SLOT, Template, bucket_template_fault, prefix_fault


class Faults:
    """The problems of one entry of STORAGES, as they are found.

    Args:
        alias: the entry, which every message names.
    """

    def __init__(self, alias: str) -> None:
        self.alias = alias
        self.found: list[Problem] = []

    def add(self, code: str, message: str, hint: str) -> None:
        """One more; ``message`` goes on after the name of the entry."""
        text = f"STORAGES[{self.alias!r}] {message}"
        self.found.append(Problem(code, (self.alias,), text, hint))

    def is_mapping(self, what: str, value: object) -> bool:
        """Whether a value is a dict; says so if it is not."""
        if isinstance(value, Mapping):
            return True
        self.add("E005", f"{what}: {value!r} is no dict.", "See docs/settings.md.")
        return False

    def in_route(self, where: str, route: Template) -> bool:
        """Whether bucket, prefix or public cannot be used; says so."""
        before = len(self.found)
        for name, kind in (("bucket", str), ("prefix", str), ("public", bool)):
            value = getattr(route, name)
            if not isinstance(value, kind):
                hint = f"It takes a {kind.__name__}."
                self.add("E005", f"{where}{name!r}: {value!r} is not valid.", hint)
        if len(self.found) > before:
            return True
        fault = (
            bucket_template_fault(route.bucket)
            if SLOT in route.bucket
            else bucket_fault(route.bucket)
        )
        if fault:
            hint = "Choose another name."
            self.add("E006", f"{where}the bucket {route.bucket!r} {fault}.", hint)
        fault = prefix_fault(route.prefix)
        if fault:
            self.add("E007", f"{where}the prefix {route.prefix!r} {fault}.", "Correct it.")
        return len(self.found) > before

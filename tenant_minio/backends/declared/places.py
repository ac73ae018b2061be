"""Whether what is declared goes together: no two tenants' places overlap, no bucket is mixed."""

from __future__ import annotations

from collections.abc import Iterator

from tenant_minio.problems import Problem
from tenant_minio.routing.overlap import Place, overlaps, shared_buckets

# The owner of what belongs to no tenant.
NO_TENANT = object()


def place_problems(public: list[Place], private: list[Place]) -> Iterator[Problem]:
    """What is wrong with the declared places, taken together."""
    for one, other in overlaps([*public, *private]):
        yield _problem(
            "E009",
            one,
            other,
            f"{one.label} ({one.bucket}/{one.prefix}) and {other.label} "
            f"({other.bucket}/{other.prefix}) can hold the same files on {one.endpoint}.",
            "Give each a bucket of its own, or prefixes of which none begins another.",
        )
    # A bucket is public or private as a whole: one policy stands for all that is in it.
    for one, other in shared_buckets(public, private):
        yield _problem(
            "E010",
            one,
            other,
            f"{one.label} is public and {other.label} is private, and both can be in the "
            f"bucket {one.bucket!r} on {one.endpoint}.",
            "Keep public files in a bucket of their own.",
        )


def _problem(code: str, one: Place, other: Place, message: str, hint: str) -> Problem:
    return Problem(code, tuple(dict.fromkeys((one.alias, other.alias))), message, hint)

"""Whether what is declared goes together: no two tenants' places overlap, no bucket is mixed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tenant_minio.backends.addresses import BUCKET_SLOT
from tenant_minio.backends.base import Backend
from tenant_minio.problems import Problem
from tenant_minio.routing.overlap import Place, overlaps, shared_buckets
from tenant_minio.routing.template import SLOT

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


def public_url_problems(public: list[Place], backends: Mapping[str, Backend]) -> Iterator[Problem]:
    """Where plain URLs name no bucket, the files of a second one would be sought in the first."""
    hint = f"Write {BUCKET_SLOT} into 'public_url', or give one of them a backend of its own."
    first: dict[str, Place] = {}
    for place in public:
        if not backends[place.backend].one_public_bucket:
            continue
        which = f"The 'public_url' of STORAGES[{place.backend!r}] names no bucket, but "
        one = first.setdefault(place.backend, place)
        if SLOT in place.bucket:
            message = f"{which}{place.label} has one for each tenant: {place.bucket!r}."
            yield _problem("E018", place, place, message, hint)
        elif one.bucket != place.bucket:
            message = f"{which}{one.label} is in {one.bucket!r}, {place.label} in {place.bucket!r}."
            yield _problem("E018", one, place, message, hint)


def _problem(code: str, one: Place, other: Place, message: str, hint: str) -> Problem:
    return Problem(code, tuple(dict.fromkeys((one.alias, other.alias))), message, hint)

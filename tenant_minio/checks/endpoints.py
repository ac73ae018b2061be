"""Whether two endpoints had better not be names of one cluster."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from itertools import chain

from tenant_minio.backends.registry import registry
from tenant_minio.problems import Problem
from tenant_minio.routing.overlap import Place, overlaps, shared_buckets

_HINT = (
    "If they are, have both name one 'endpoint', or say so with 'external_endpoint', and correct "
    "what is told then. If they are not, another bucket for one of them ends the doubt."
)
_Pairs = Iterable[tuple[Place, Place]]


def endpoint_problems() -> Iterator[Problem]:
    """Places that no check keeps apart but by their endpoints; one of each two entries is told."""
    declared = registry.declared
    public, private = (declared.places_of(public=kind) for kind in (True, False))
    told: set[tuple[str, str]] = set()
    overlapping = _across([public, private], lambda *kinds: overlaps(chain(*kinds)))
    mixed = _across([public, private], shared_buckets)
    for what, then, pairs in (
        ("can hold the same files", "no orphans are sought where they may meet", overlapping),
        ("are public and private in one bucket", "the public one is not opened", mixed),
    ):
        for one, other in pairs:
            first, second = sorted((one.alias, other.alias))
            if (first, second) not in told:
                told.add((first, second))
                yield Problem(
                    "W012",
                    (one.alias, other.alias),
                    f"{one.label} ({one.bucket}/{one.prefix}) and {other.label} "
                    f"({other.bucket}/{other.prefix}) {what} if {one.endpoint} and "
                    f"{other.endpoint} are names of one cluster. As nobody can tell, {then}.",
                    _HINT,
                )


def _across(
    kinds: Iterable[Collection[Place]], pairs_of: Callable[[list[Place], list[Place]], _Pairs]
) -> Iterator[tuple[Place, Place]]:
    """The pairs that there would be if all endpoints were one, less those of one endpoint."""
    public, private = ({replace(place, endpoint=""): place for place in kind} for kind in kinds)
    real = {**public, **private}
    for one, other in pairs_of(list(public), list(private)):
        if real[one].endpoint != real[other].endpoint:
            yield real[one], real[other]

"""Whether two declared places could ever hold the same key.

A place is a bucket and the segments of a prefix, on one endpoint. It belongs to one owner, or,
where a segment holds ``{tenant}``, to every tenant that has no place of its own. Two places of
one tenant may overlap; those of two never.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations

from tenant_minio.routing.escape import IN_BUCKET, IN_PREFIX, Alphabet
from tenant_minio.routing.template import SLOT

_UNKNOWN = object()  # a key that stands shortened, and is not that of the place's owner


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """A declared location, or the family of locations that a template gives.

    Args:
        endpoint: of the cluster, normalised; two aliases may name one.
        bucket, prefix: with ``{tenant}`` where the place is a family.
        owner: the one tenant (or plain storage) that it belongs to; None for a family.
        elsewhere: tenants that this family does not serve, since they have their own routes.
        label: what an error calls it.
        alias: the entry of STORAGES that declares it.
        backend: the entry of STORAGES that is its cluster.
    """

    endpoint: str
    bucket: str
    prefix: str
    label: str
    owner: object = None
    elsewhere: Collection[str] = ()
    alias: str = ""
    backend: str = ""

    @property
    def segments(self) -> list[str]:
        """Bucket first, then the prefix: one place contains another if its segments begin it."""
        return [self.bucket, *self.prefix.split("/")[:-1]]


def may_overlap(one: Place, other: Place) -> bool:
    """Whether a tenant of ``one`` and another tenant of ``other`` could share a key."""
    if one.endpoint != other.endpoint:
        return False
    if one.owner is not None and one.owner == other.owner:
        return False
    keys: dict[Place, set[object]] = {one: set(), other: set()}
    for number, (a, b) in enumerate(zip(one.segments, other.segments, strict=False)):
        alphabet = IN_PREFIX if number else IN_BUCKET
        if SLOT in a and SLOT in b:
            # The same pattern gives two tenants two segments: they part here.
            if a == b or not _compatible(a, b):
                return False
        elif SLOT in a:
            keys[one].add(_key(a, b, alphabet, other.owner))
        elif SLOT in b:
            keys[other].add(_key(b, a, alphabet, one.owner))
        elif a != b:
            return False
    return _possible(keys[one], one, other) and _possible(keys[other], other, one)


def overlaps(places: Iterable[Place]) -> Iterator[tuple[Place, Place]]:
    """Every pair of places that may overlap.

    Places with one owner are compared along a sorted list, so that many routes stay cheap; each
    family is compared with all.
    """
    families: list[Place] = []
    single: list[Place] = []
    for place in places:
        (families if any(SLOT in segment for segment in place.segments) else single).append(place)
    open_places: list[Place] = []
    for place in sorted(single, key=lambda place: (place.endpoint, place.segments)):
        while open_places and not _contains(open_places[-1], place):
            open_places.pop()
        yield from ((outer, place) for outer in open_places if may_overlap(outer, place))
        open_places.append(place)
    yield from (pair for pair in combinations(families, 2) if may_overlap(*pair))
    for family in families:
        yield from ((family, place) for place in single if may_overlap(family, place))


def shared_buckets(some: Iterable[Place], others: Iterable[Place]) -> Iterator[tuple[Place, Place]]:
    """Every place of the first kind that can be in one bucket with a place of the second."""
    others = list(others)
    by_bucket = {(place.endpoint, place.bucket): place for place in others}
    families = [place for place in others if SLOT in place.bucket]
    for place in some:
        same = by_bucket.get((place.endpoint, place.bucket))
        if same is not None:
            yield place, same
        bucket = replace(place, prefix="", owner=None)
        for other in others if SLOT in place.bucket else families:
            if other is not same and may_overlap(bucket, replace(other, prefix="", owner=None)):
                yield place, other


def _contains(outer: Place, inner: Place) -> bool:
    return (
        outer.endpoint == inner.endpoint and inner.segments[: len(outer.segments)] == outer.segments
    )


def _possible(keys: set[object], family: Place, other: Place) -> bool:
    """Whether the tenants that ``family`` needs to meet ``other`` can exist and be another's."""
    keys = keys - {_UNKNOWN}
    if None in keys or len(keys) > 1:
        return False
    return not any(key == other.owner or key in family.elsewhere for key in keys)


def _key(pattern: str, text: str, alphabet: Alphabet, owner: object) -> object:
    """The tenant key that ``pattern`` renders as ``text``, a place of ``owner``: None if none."""
    parts = [re.escape(part) for part in pattern.split(SLOT)]
    match = re.fullmatch("(.+)".join(parts[:2]) + "".join(rf"\1{part}" for part in parts[2:]), text)
    if match is None:
        return None
    if alphabet.is_shortened(match[1]):
        own = isinstance(owner, str) and alphabet.shortens_to(owner, match[1])
        return owner if own else _UNKNOWN
    return alphabet.decode(match[1])


def _compatible(a: str, b: str) -> bool:
    """Whether two different patterns could give the same segment for some pair of keys."""
    (a_start, a_end), (b_start, b_end) = (
        (p[: p.index(SLOT)], p[p.rindex("}") + 1 :]) for p in (a, b)
    )
    return (a_start.startswith(b_start) or b_start.startswith(a_start)) and (
        a_end.endswith(b_end) or b_end.endswith(a_end)
    )

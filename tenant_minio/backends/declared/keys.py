"""Whether each declared place can have a key of its own, where its backend gives such keys."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from tenant_minio.backends.base import Backend
from tenant_minio.problems import Problem
from tenant_minio.routing.names import MAX_SEGMENT_BYTES
from tenant_minio.routing.overlap import Place
from tenant_minio.routing.template import MAX_PREFIX, SLOT

_MAX_BUCKET = 63


def key_place_problems(
    places: Iterable[Place], backends: Mapping[str, Backend]
) -> Iterator[Problem]:
    """The places for which no key can be made, whichever tenant it is for."""
    for place in places:
        fault = backends[place.backend].key_fault(_longest_bucket(place), _longest_prefix(place))
        if fault:
            yield Problem(
                "E021",
                (place.alias,),
                f"{place.label} can have no key of its own on {place.backend!r}: {fault}",
                "Or choose other 'credentials' for that backend.",
            )


def _longest_bucket(place: Place) -> str:
    return "b" * _MAX_BUCKET if SLOT in place.bucket else place.bucket


def _longest_prefix(place: Place) -> str:
    """A prefix as long as any tenant's there can be."""
    if SLOT not in place.prefix:
        return place.prefix
    segments = place.prefix.removesuffix("/").split("/")
    longest = "/".join("x" * MAX_SEGMENT_BYTES if SLOT in each else each for each in segments)
    return longest[: MAX_PREFIX - 1] + "/"

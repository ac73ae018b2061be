"""Buckets of one name on two endpoints: maybe one bucket, which no policy may open.

An internal name and a public one, or two ports, may lead to one cluster, and no request short of a
write would prove that they do not. Who knows that they are two opens the bucket by hand; an open
one is fine.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from itertools import chain

from tenant_minio.backends.registry import registry
from tenant_minio.buckets.needs import BucketKey, Need, needs_of_tenants
from tenant_minio.conf import conf
from tenant_minio.routing import Route
from tenant_minio.routing.overlap import Place, shared_buckets


def private_namesakes(
    routes: Mapping[BucketKey, Route], needs: Collection[Need]
) -> dict[BucketKey, str]:
    """Who keeps, or may keep, private files in a bucket named as one of the public ones.

    Args:
        routes: one of each bucket; those that are private are left alone.
        needs: what is asked for, in which custom routers' answers stand.
    """
    declared = registry.declared
    public = {key: route for key, route in routes.items() if route.public}
    if not public or len(set(declared.clusters.values())) < 2:
        return {}
    asked = {_anywhere(declared.place(route, "", None)): key for key, route in public.items()}
    private = {_anywhere(place): place for place in _private_places(needs)}
    found: dict[BucketKey, str] = {}
    for own, other in shared_buckets(asked, private):
        if private[other].endpoint != asked[own][0]:
            found.setdefault(asked[own], f"{other.label}, on {private[other].endpoint}")
    if conf.tenants is None and any(router.custom for router in declared.routers.values()):
        for key in public:
            found.setdefault(key, "a custom router, as long as TENANT_MINIO['TENANTS'] is not set")
    return found


def _anywhere(place: Place) -> Place:
    return replace(place, endpoint="")


def _private_places(needs: Collection[Need]) -> Iterator[Place]:
    declared = registry.declared
    yield from declared.places_of(public=False)
    custom = {alias for alias, router in declared.routers.items() if router.custom}
    lister = conf.tenants
    answers = needs_of_tenants(lister()) if custom and lister is not None else ()
    for need in chain(needs, answers):
        if need.alias in custom and need.route is not None and not need.route.public:
            label = f"STORAGES[{need.alias!r}] for {need.tenant!r}"
            yield declared.place(need.route, label, need.tenant)

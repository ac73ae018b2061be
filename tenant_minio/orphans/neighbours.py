"""What else can be in the bucket that is searched, and is not this location's to judge.

The settings are compared by endpoint. Here endpoints are not believed: an internal name and a
public one, or two ports, may lead to one cluster. Nothing short of a write would prove that they
do not (dates of buckets change on some servers, and a probe is late where clusters copy each
other), so what may be somebody else's is left out, and where that is all, nothing is searched.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain

from tenant_minio.backends.declared.places import NO_TENANT
from tenant_minio.backends.registry import registry
from tenant_minio.buckets import Need, needs_of_storages, needs_of_tenants
from tenant_minio.conf import conf
from tenant_minio.exceptions import InvalidBackendError, UnknownTenantError
from tenant_minio.orphans.statics import foreign_static, is_static, manifest_keys
from tenant_minio.orphans.values import may_meet
from tenant_minio.routing import Route
from tenant_minio.routing.overlap import Place, may_overlap
from tenant_minio.routing.template import SLOT


@dataclass(frozen=True, slots=True)
class Others:
    """What is left out of a search.

    Args:
        below: the prefixes of other locations inside this one.
        keys: of single objects.
    """

    below: tuple[str, ...] = ()
    keys: frozenset[str] = frozenset()

    def own(self, key: str) -> bool:
        """Whether a key is one of theirs."""
        return key.startswith(self.below) or key in self.keys


def same_owners(need: Need, route: Route) -> list[Need]:
    """The locations of the same owner that can hold a file of this one; itself is among them.

    Raises:
        TenantMinioError: another route cannot be found out.
    """
    needs = needs_of_storages() if need.tenant is None else needs_of_tenants([need.tenant])
    found = []
    for one in needs:
        if one.error is not None and not isinstance(one.error, UnknownTenantError):
            raise one.error
        if one.route is not None and may_meet(one.route, route):
            found.append(one)
    return found


def others_in(need: Need, route: Route) -> Others:
    """What is in the location, or may be, and belongs to another.

    Raises:
        InvalidBackendError: it cannot be told from what is here.
        TenantMinioError: another route cannot be found out.
    """
    own = [one.route for one in same_owners(need, route) if one.route and not is_static(one.alias)]
    found = {one.prefix for one in own if _is_inside(one.prefix, route)}
    for alias, static in _static_in(need, route):
        if not _is_inside(static.prefix, route):
            raise InvalidBackendError(
                f"STORAGES[{alias!r}] keeps static files in {static.bucket}/{static.prefix}, where "
                f"they cannot be told from orphans. Give each a prefix of its own."
            )
        found.add(static.prefix)
    for place in _strangers(need, route):
        start = place.prefix.partition(SLOT)[0].rpartition("/")
        above = "".join(start[:2])
        if not _is_inside(above, route):
            raise InvalidBackendError(
                f"{place.label} keeps files in {place.bucket}/{place.prefix} on {place.endpoint}, "
                f"which may be another name of the cluster of {route.backend!r}: they cannot be "
                f"told from what is in {route.bucket}/{route.prefix}. Have both name one endpoint, "
                f"or give one of them another bucket."
            )
        found.add(above)
    return Others(tuple(found), frozenset(manifest_keys(route)))


def _is_inside(prefix: str, route: Route) -> bool:
    return prefix.startswith(route.prefix) and prefix != route.prefix


def _static_in(need: Need, route: Route) -> Iterator[tuple[str, Route]]:
    for one in same_owners(need, route):
        if one.route is not None and is_static(one.alias):
            yield one.alias, one.route
    foreign = foreign_static(route)
    if foreign is not None:
        yield foreign.backend, foreign


def _strangers(need: Need, route: Route) -> Iterator[Place]:
    """The places of other owners that would meet this one if all endpoints were one.

    Those on the same endpoint are compared where settings are read and routers answer.
    """
    declared = registry.declared
    here = declared.place(route, "", NO_TENANT if need.tenant is None else need.tenant)
    own = replace(here, endpoint="")
    for place in chain(declared.places, _answers(need)):
        near = place.bucket == route.bucket or SLOT in place.bucket
        far = near and place.endpoint != here.endpoint
        if far and may_overlap(own, replace(place, endpoint="")):
            yield place


def _answers(need: Need) -> Iterator[Place]:
    """Where custom routers put tenants, as a storage that none of them owns may have to know.

    Tenants are compared with each other where they are selected.
    """
    declared = registry.declared
    custom = {alias for alias, router in declared.routers.items() if router.custom}
    several = len(set(declared.clusters.values())) > 1
    if need.tenant is not None or not (custom and several):
        return
    lister = conf.tenants
    if lister is None:
        raise InvalidBackendError(
            "A custom router may lead into this location by another name of its cluster. Set "
            "TENANT_MINIO['TENANTS'] to a callable that lists all tenants, so that their "
            "locations can be compared."
        )
    for one in needs_of_tenants(lister()):
        if one.alias not in custom:
            continue
        if one.route is not None:
            yield declared.place(one.route, f"the tenant {one.tenant!r}", one.tenant)
        elif one.error is not None and not isinstance(one.error, UnknownTenantError):
            raise one.error

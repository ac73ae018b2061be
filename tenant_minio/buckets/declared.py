"""Which buckets the settings need, for plain storages and for tenants."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from tenant_minio.backends.registry import registry
from tenant_minio.exceptions import InvalidBackendError, TenantMinioError
from tenant_minio.routing import Route
from tenant_minio.routing.overlap import Place, overlaps


@dataclass(frozen=True, slots=True)
class Need:
    """A location that must be usable.

    Args:
        alias: the entry of STORAGES that needs it.
        tenant: whose it is; None for a plain storage.
        route: where it is; None where it could not be found out.
        error: why it could not.
    """

    alias: str
    tenant: str | None
    route: Route | None
    error: TenantMinioError | None = None


def needs_of_storages() -> Iterator[Need]:
    """The locations of the plain storages: all buckets of each."""
    for alias, routes in registry.declared.buckets.items():
        for route in routes.values():
            yield Need(alias, None, route)


def needs_of_tenants(tenants: Iterable[str]) -> Iterator[Need]:
    """The locations of these tenants, in each RoutingStorage."""
    for tenant in tenants:
        for alias in registry.declared.routers:
            try:
                yield Need(alias, tenant, registry.route(alias, tenant))
            except TenantMinioError as error:
                yield Need(alias, tenant, None, error)


def without_overlaps(needs: Collection[Need]) -> list[Need]:
    """The same needs, those that overlap another tenant's turned into errors.

    Templates and named routes are compared at start. This also finds two tenants for whom a
    custom router names one bucket as their own.
    """
    places = {
        need: Place(
            endpoint=registry[need.route.backend].location,
            bucket=need.route.bucket,
            prefix=need.route.prefix,
            label=f"the tenant {need.tenant!r}",
            owner=need.tenant,
        )
        for need in needs
        if need.route is not None and need.tenant is not None
    }
    wrong: dict[str | None, str] = {}
    for one, other in overlaps(places.values()):
        wrong.setdefault(str(one.owner), other.label)
        wrong.setdefault(str(other.owner), one.label)
    return [
        need
        if need.tenant not in wrong
        else Need(
            need.alias,
            need.tenant,
            None,
            InvalidBackendError(
                f"The tenant {need.tenant!r} shares a location with {wrong[need.tenant]}. Have the "
                f"router give each its own."
            ),
        )
        for need in needs
    ]


def without_mixed_buckets(needs: Collection[Need]) -> list[Need]:
    """The same needs, those that would share a bucket with public and private files refused.

    One policy stands for all that is in a bucket, so none is opened on the word of one of them.
    """
    kinds: dict[tuple[str, str], set[bool]] = {}
    for need in needs:
        if need.route is not None:
            kinds.setdefault(_bucket(need.route), set()).add(need.route.public)
    return [
        need
        if need.route is None or len(kinds.get(_bucket(need.route), ())) < 2
        else Need(
            need.alias,
            need.tenant,
            None,
            InvalidBackendError(
                f"The bucket {need.route.bucket!r} of {need.route.backend!r} would hold public and "
                f"private files. Keep public files in a bucket of their own."
            ),
        )
        for need in needs
    ]


def _bucket(route: Route) -> tuple[str, str]:
    return registry[route.backend].location, route.bucket

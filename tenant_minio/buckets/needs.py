"""Which locations the settings need, for plain storages and for tenants."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from tenant_minio.backends.registry import registry
from tenant_minio.exceptions import InvalidBackendError, TenantMinioError
from tenant_minio.routing import Route
from tenant_minio.routing.overlap import Place, overlaps
from tenant_minio.routing.template import SLOT

# Endpoint and name.
BucketKey = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Need:
    """A location that must be usable.

    Args:
        alias: the entry of STORAGES that needs it.
        tenant: whose it is; None for a plain storage, and for a bucket that tenants share.
        route: where it is; None where it could not be found out.
        error: why it could not.
    """

    alias: str
    tenant: str | None
    route: Route | None
    error: TenantMinioError | None = None


def needs_of_storages() -> Iterator[Need]:
    """The locations of the plain storages: all buckets of each."""
    declared = registry.declared
    for alias in declared.backends:
        for route in declared.buckets[alias].values():
            yield Need(alias, None, route)


def needs_of_tenants(tenants: Iterable[str]) -> Iterator[Need]:
    """The locations of these tenants, in each RoutingStorage."""
    for tenant in tenants:
        for alias in registry.declared.routers:
            try:
                yield Need(alias, tenant, registry.route(alias, tenant))
            except TenantMinioError as error:
                yield Need(alias, tenant, None, error)


def needs_of_entry(alias: str) -> Iterator[Need]:
    """What one entry needs, as far as that is known without a tenant. No network.

    Of a MinioStorage all its buckets, and those that routes have on it. Of a RoutingStorage the
    bucket that its tenants share, and those of the tenants that have routes of their own.
    """
    for need in (*needs_of_storages(), *_needs_of_routes()):
        if alias == need.alias or (need.route is not None and alias == need.route.backend):
            yield need


def _needs_of_routes() -> Iterator[Need]:
    for alias, router in registry.declared.routers.items():
        shared = router.template
        if shared is not None and SLOT not in shared.bucket:
            prefix = shared.prefix.partition(SLOT)[0].rpartition("/")
            above = "".join(prefix[:2])
            yield Need(alias, None, Route(shared.backend, shared.bucket, above, shared.public))
        for tenant, template in router.routes.items():
            try:
                yield Need(alias, tenant, template.render(tenant))
            except TenantMinioError as error:
                yield Need(alias, tenant, None, error)


def without_overlaps(needs: Collection[Need], *, apart_by_endpoint: bool = True) -> list[Need]:
    """The same needs, those that overlap another tenant's turned into errors.

    Templates and named routes are compared at start. This also finds two tenants for whom a
    custom router names one bucket as their own.

    Args:
        needs: of several tenants.
        apart_by_endpoint: two endpoints are two clusters, and no two names of one.
    """
    places = {
        need: Place(
            endpoint=bucket_key(need.route)[0] if apart_by_endpoint else "",
            bucket=need.route.bucket,
            prefix=need.route.prefix,
            label=f"the tenant {need.tenant!r}",
            owner=need.tenant,
        )
        for need in needs
        if need.route is not None and need.tenant is not None
    }
    aside = "" if apart_by_endpoint else " (two endpoints may be names of one cluster)"
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
                f"The tenant {need.tenant!r} shares a location with {wrong[need.tenant]}{aside}. "
                f"Have the router give each its own."
            ),
        )
        for need in needs
    ]


def bucket_key(route: Route) -> BucketKey:
    """What makes two buckets one, whatever aliases name the cluster."""
    return registry.declared.clusters[route.backend], route.bucket

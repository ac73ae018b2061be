"""What is known only at use must not meet another's location: routers' answers, odd buckets.

What settings declare is compared at start. A router's answers are known only as they come, so
each is compared with what is declared, with what the other routers give the same tenant, and with
what all routers give the tenants whose segments stand in its path.
"""

from __future__ import annotations

from django.core.exceptions import ObjectDoesNotExist

from tenant_minio.backends.addresses import BUCKET_SLOT
from tenant_minio.backends.declared import Declared
from tenant_minio.exceptions import InvalidBackendError
from tenant_minio.routing.buckets import bucket_fault
from tenant_minio.routing.escape import IN_PREFIX
from tenant_minio.routing.overlap import Place, may_overlap, shared_buckets
from tenant_minio.routing.route import Route


def vet(declared: Declared, alias: str, tenant: str, route: Route) -> None:
    """Check one answer.

    Raises:
        InvalidBackendError: its backend is unknown, or its location overlaps another tenant's.
    """
    who = f"The route of the tenant {tenant!r} in STORAGES[{alias!r}]"
    if route.backend not in declared.backends:
        raise InvalidBackendError(
            f"{who} names the backend {route.backend!r}. There are: {', '.join(declared.backends)}."
        )
    own = declared.place(route, who, tenant)
    for place in declared.places:
        if may_overlap(own, place):
            raise _overlap(who, route, place.label)
    _refuse_mixed(declared, own, route, who)
    _refuse_unnamed(declared, route, who)
    for name, theirs in answers(declared, tenant).items():
        place = declared.place(theirs, f"its route in STORAGES[{name!r}]", tenant)
        same = (own.endpoint, own.bucket) == (place.endpoint, place.bucket)
        if same and route.public != theirs.public:
            raise _mixed(who, route, place.label)
    for other in _tenants_above(route, who):
        for theirs in answers(declared, other).values():
            place = declared.place(theirs, f"the route of the tenant {other!r}", other)
            if may_overlap(own, place):
                raise _overlap(who, route, place.label)


def answers(declared: Declared, tenant: str) -> dict[str, Route]:
    """Where each RoutingStorage, by alias, keeps a tenant's files.

    Those that have no place for it, or a wrong one, are left out: they can keep nothing there.
    """
    found = {}
    for alias, router in declared.routers.items():
        try:
            route = router.route(tenant)
        except (LookupError, ObjectDoesNotExist, InvalidBackendError):
            continue
        if route.backend in declared.backends:
            found[alias] = route
    return found


def vet_undeclared(declared: Declared, alias: str, bucket: str) -> Route:
    """The route to a bucket that no entry declares.

    Raises:
        InvalidBackendError: S3 refuses its name, or somebody's files can be in it.
    """
    who = f"The bucket {bucket!r}, which STORAGES[{alias!r}] does not declare,"
    fault = bucket_fault(bucket)
    if fault is not None:
        raise InvalidBackendError(f"{who} {fault}. Choose another name.")
    route = Route(alias, bucket)
    # Nobody's: it may meet no other storage either.
    own = declared.place(route, who, object())
    for place in declared.places:
        if may_overlap(own, place):
            raise InvalidBackendError(
                f"{who} belongs to {place.label}, on {place.endpoint}. Use that storage."
            )
    for other, router in declared.routers.items():
        if router.custom:
            raise InvalidBackendError(
                f"{who} could be any tenant's, since a custom router of STORAGES[{other!r}] "
                f"chooses buckets. Declare it in 'private_buckets' or 'public_buckets'."
            )
    return route


def _refuse_mixed(declared: Declared, own: Place, route: Route, who: str) -> None:
    """A bucket is public or private as a whole, and a router's other answers are not known."""
    for _own, place in shared_buckets([own], declared.places_of(public=not route.public)):
        raise _mixed(who, route, place.label)
    alone = route.own_bucket or any(shared_buckets([own], declared.places_of(public=True)))
    if route.public and not alone:
        raise InvalidBackendError(
            f"{who} is public, in the bucket {route.bucket!r}, where other tenants' files may be "
            f"private. Say own_bucket=True, or declare a public location in that bucket."
        )


def _refuse_unnamed(declared: Declared, route: Route, who: str) -> None:
    """A plain URL that names no bucket leads to the declared one."""
    if not (route.public and declared.backends[route.backend].one_public_bucket):
        return
    known = {p.bucket for p in declared.places_of(public=True) if p.backend == route.backend}
    if known != {route.bucket}:
        raise InvalidBackendError(
            f"{who} is public, in the bucket {route.bucket!r}, but the 'public_url' of "
            f"STORAGES[{route.backend!r}] names no bucket and would lead to another. Write "
            f"{BUCKET_SLOT} into it."
        )


def _tenants_above(route: Route, who: str) -> list[str]:
    """The tenants whose segments stand in the path above this tenant's own."""
    segments = route.prefix.split("/")[:-1]
    if any(IN_PREFIX.is_shortened(segment) for segment in segments[:-1]):
        raise InvalidBackendError(
            f"{who} has a base that could be another tenant's: {route.prefix!r}. Choose a base "
            f"without such a segment."
        )
    decoded = (IN_PREFIX.decode(segment) for segment in segments)
    return [key for key in decoded if key is not None]


def _mixed(who: str, route: Route, label: str) -> InvalidBackendError:
    return InvalidBackendError(
        f"{who} is {'public' if route.public else 'private'}, but {label} is not, and both can be "
        f"in the bucket {route.bucket!r}. Keep public files in a bucket of their own."
    )


def _overlap(who: str, route: Route, label: str) -> InvalidBackendError:
    return InvalidBackendError(
        f"{who} is {route.bucket}/{route.prefix}, which overlaps {label}. A custom router gives "
        f"each tenant a base, or a bucket, that no other location begins with."
    )

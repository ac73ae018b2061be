"""No bucket is public and private: decided over all that the settings can know, before any choice.

One policy stands for all that is in a bucket, so none is opened on the word of one that uses it.
What entries declare is compared at start, and each answer of a custom router with what is
declared and with the other routers' answers for its tenant. Left are two tenants, for whom custom
routers name one bucket.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator

from tenant_minio.backends.registry import registry
from tenant_minio.backends.vetting import answers
from tenant_minio.buckets.needs import BucketKey, Need, bucket_key
from tenant_minio.conf import conf
from tenant_minio.exceptions import InvalidBackendError
from tenant_minio.routing import Route


def without_mixed_buckets(needs: Collection[Need]) -> list[Need]:
    """The same needs, those that would share a bucket with public and private files refused.

    Where a bucket is public by a custom router's word alone, all tenants of
    ``TENANT_MINIO["TENANTS"]`` are asked about, whichever were chosen; without that setting it is
    refused.
    """
    kinds: dict[BucketKey, set[bool]] = defaultdict(set)
    for need in needs:
        if need.route is not None:
            kinds[bucket_key(need.route)].add(need.route.public)
    promised = {
        bucket_key(need.route)
        for need in needs
        if need.route is not None and need.route.public and not registry.declares(need.route)
    }
    lister = conf.tenants
    if promised and lister is not None:
        for route in _routes_of(lister(), needs):
            if bucket_key(route) in promised:
                kinds[bucket_key(route)].add(route.public)
    return [
        need if fault is None else Need(need.alias, need.tenant, None, InvalidBackendError(fault))
        for need in needs
        for fault in [_fault(need.route, kinds, promised if lister is None else ())]
    ]


def _routes_of(listed: Iterable[str], needs: Collection[Need]) -> Iterator[Route]:
    """Where each storage keeps the files of all tenants that are listed or chosen."""
    chosen = {need.tenant: None for need in needs if need.tenant is not None}
    for tenant in chosen:
        yield from answers(registry.declared, tenant).values()
    for tenant in listed:
        if tenant not in chosen:
            yield from answers(registry.declared, tenant).values()


def _fault(
    route: Route | None, kinds: dict[BucketKey, set[bool]], unsure: Collection[BucketKey]
) -> str | None:
    if route is None:
        return None
    where = f"The bucket {route.bucket!r} of {route.backend!r}"
    if len(kinds[bucket_key(route)]) > 1:
        return (
            f"{where} would hold public and private files. Keep public files in a bucket of their "
            f"own."
        )
    if bucket_key(route) in unsure:
        return (
            f"{where} is public by the word of a custom router, which may keep another tenant's "
            f"private files there. Set TENANT_MINIO['TENANTS'] to a callable that lists all "
            f"tenants, so that they can be compared, or declare a public location in that bucket."
        )
    return None

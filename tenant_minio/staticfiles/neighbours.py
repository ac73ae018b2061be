"""Other storages whose files are in the bucket of static files, in the same place or near it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from tenant_minio.backends.registry import registry
from tenant_minio.buckets import needs_of_tenants
from tenant_minio.exceptions import InvalidBackendError, UnknownTenantError
from tenant_minio.routing.overlap import Place, shared_buckets
from tenant_minio.routing.template import SLOT
from tenant_minio.storage.location import Location


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What static files share a bucket with.

    Args:
        inner: the prefixes below that of the static files that are another storage's: what is
            there is its own.
        outer: what an error calls a storage whose files can be in the place of static files, too.
    """

    inner: tuple[str, ...]
    outer: str | None

    def refuse_clearing(self) -> None:
        """Raises InvalidBackendError where an old static file may be another storage's file."""
        if self.outer is not None:
            raise InvalidBackendError(
                f"--clear could delete files of {self.outer}, whose location contains that of the "
                f"static files. Leave out --clear, or give each a bucket or a prefix of its own."
            )

    def refuse(self, key: str) -> None:
        """Raises InvalidBackendError where a static file would stand among another's files."""
        if key.startswith(self.inner):
            raise InvalidBackendError(
                f"The static file {key!r} would be stored among the files of another storage, "
                f"below {next(each for each in self.inner if key.startswith(each))!r}. Rename it, "
                f"or give each a bucket or a prefix of its own."
            )


def neighbours(alias: str, location: Location) -> Neighbours:
    """What is near the static files of STORAGES[alias].

    Buckets of one name count as one, whatever the endpoint: a cluster may have several. No
    network.

    Raises:
        InvalidBackendError: another storage keeps its files in the very same place.
        TenantMinioError: where another one keeps this tenant's files cannot be found out.
    """
    prefix, inner, outer = location.route.prefix, set(), None
    for place in _in_bucket(alias, location):
        # Up to the tenant, whose segment may be anything.
        start, slot, _rest = place.prefix.partition(SLOT)
        if (start, slot, place.endpoint) == (prefix, "", location.backend.location):
            raise InvalidBackendError(
                f"STORAGES[{alias!r}] and {place.label} keep files in one place, "
                f"{location.route.bucket}/{prefix}, where collectstatic cannot tell them apart. "
                f"Give static files a bucket, or a prefix, of their own."
            )
        if prefix.startswith(start):
            outer = place.label
        elif start.startswith(prefix):
            inner.add(start)
    return Neighbours(tuple(sorted(inner)), outer)


def _in_bucket(alias: str, location: Location) -> Iterator[Place]:
    """The places of other entries in this bucket; of a tenant's, those of the same tenant."""
    declared, tenant = registry.declared, location.tenant
    own = declared.place(location.route, "", tenant, alias)
    others = [place for place in declared.places if place.alias != alias]
    if tenant is not None:
        others = [place for place in others if place.alias not in declared.routers]
        for need in needs_of_tenants([tenant]):
            if need.alias == alias:
                continue
            if need.route is not None:
                label = f"STORAGES[{need.alias!r}]"
                others.append(declared.place(need.route, label, tenant, need.alias))
            elif need.error is not None and not isinstance(need.error, UnknownTenantError):
                raise need.error
    for place in others:
        if any(shared_buckets([replace(own, endpoint=place.endpoint)], [place])):
            yield place

"""Which entries name one cluster, as far as the settings say."""

from __future__ import annotations

from collections.abc import Mapping

from tenant_minio.backends.base import Backend


def clusters_of(backends: Mapping[str, Backend]) -> dict[str, str]:
    """Alias to the endpoint that stands for its cluster, the same for all that lead there.

    Two entries that share an address, for requests or for the URLs of others, lead to one. Two
    that share none may do so all the same, which no setting tells.
    """
    found: dict[str, str] = {}
    for alias, backend in backends.items():
        own = backend.addresses
        found[alias] = backend.location
        # Whoever is met here is one cluster with all whom it has met before.
        met = {found[other] for other in found if own & backends[other].addresses}
        joined = {other: backend.location for other, where in found.items() if where in met}
        found.update(joined)
    return found

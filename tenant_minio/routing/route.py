"""Where one tenant's files live."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Route:
    """A place on one cluster.

    Args:
        backend: alias of the cluster, a key of ``STORAGES``.
        bucket: name of the bucket there.
        prefix: what every key begins with: empty, or ending in ``/``. In the answer of a custom
            router it is the base below which the library appends the tenant's own segment.
        public: anyone may get an object by its plain URL; nobody may list them.
        own_bucket: said by a custom router: this bucket is the tenant's alone, so no segment is
            appended to ``prefix``.
    """

    backend: str
    bucket: str
    prefix: str = ""
    public: bool = False
    own_bucket: bool = False

"""From a tenant key to its route."""

import re
from dataclasses import dataclass

from tenant_minio.exceptions import InvalidBackendError, UnsafeNameError
from tenant_minio.routing.buckets import bucket_fault
from tenant_minio.routing.escape import IN_BUCKET, IN_PREFIX
from tenant_minio.routing.names import MAX_SEGMENT_BYTES, safe_name
from tenant_minio.routing.route import Route

SLOT = "{tenant}"
# Leaves at least 256 of a key's 1,024 bytes to the name.
MAX_PREFIX = 768
_STATIC = re.compile(r"[A-Za-z0-9_.=-]*")


@dataclass(frozen=True, slots=True)
class Template:
    """The route of many tenants: ``{tenant}`` in bucket or prefix stands for the escaped key."""

    backend: str
    bucket: str
    prefix: str = ""
    public: bool = False

    @property
    def names_tenant(self) -> bool:
        """Whether two tenants get two locations."""
        return SLOT in self.bucket or SLOT in self.prefix

    def render(self, key: str) -> Route:
        """The route of the tenant ``key``; no two keys share one where :attr:`names_tenant`.

        Raises:
            InvalidBackendError: the template leaves no room for any key.
        """
        return Route(self.backend, self._bucket(key), self._prefix(key), self.public)

    def _bucket(self, key: str) -> str:
        if SLOT not in self.bucket:
            return self.bucket
        plain = self.bucket.replace(SLOT, IN_BUCKET.encode(key))
        if bucket_fault(plain) is None:
            return plain
        short = self.bucket.replace(SLOT, IN_BUCKET.shorten(key))
        if bucket_fault(short) is not None:
            # What is readable in the key may give a start that S3 reserves, such as `sthree-`.
            short = self.bucket.replace(SLOT, IN_BUCKET.shorten(key, readable=False))
        fault = bucket_fault(short)
        if fault is not None:
            raise InvalidBackendError(
                f"The bucket template {self.bucket!r} has no room for the tenant {key!r}: "
                f"{short!r} {fault}. Shorten the text around {SLOT}."
            )
        return short

    def _prefix(self, key: str) -> str:
        if SLOT not in self.prefix:
            return self.prefix
        plain = self.prefix.replace(SLOT, IN_PREFIX.encode(key))
        if len(plain) <= MAX_SEGMENT_BYTES:
            return plain
        if len(plain) <= MAX_PREFIX and all(
            len(segment) <= MAX_SEGMENT_BYTES for segment in plain.split("/")
        ):
            return plain
        return self.prefix.replace(SLOT, IN_PREFIX.shorten(key))


def bucket_template_fault(bucket: str) -> str | None:
    """What is wrong with a bucket or bucket template, or None."""
    if not bucket:
        return "is empty"
    # The longest and oddest key is written in its shortest form: if that fits, every key does.
    return bucket_fault(bucket.replace(SLOT, IN_BUCKET.shorten("x" * 64, readable=False)))


def prefix_fault(prefix: str) -> str | None:
    """What is wrong with a prefix or prefix template, or None."""
    if not prefix:
        return None
    if not prefix.endswith("/"):
        return "does not end in '/', so one tenant's prefix could begin another's"
    if not all(_STATIC.fullmatch(part) for part in prefix.replace(SLOT, "").split("/")):
        return f"may hold letters, digits, '_', '.', '=', '-', '/' and {SLOT} only"
    if "XLDIR" in prefix:
        return "holds 'XLDIR', which MinIO reads as a directory beside the underscores of a key"
    rendered = prefix.replace(SLOT, IN_PREFIX.shorten("x" * 64))
    if len(rendered) > MAX_PREFIX:
        return f"can grow beyond {MAX_PREFIX} bytes, which leaves too few for the name"
    try:
        safe_name(rendered[:-1])
    except UnsafeNameError as error:
        return f"is not a safe path: {error}"
    return None

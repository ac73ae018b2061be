"""Where a contestant works: one server, one bucket."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """All that a contestant is told. The same for each, but for what says otherwise.

    Args:
        endpoint: host:port, without a scheme.
        bucket: is there; in private hands, but for ``static``.
        secure: whether the server speaks HTTPS.
        whole_bucket: tenant_minio puts the tenant at the root of the bucket and not below a
            prefix, so that it lists what the others list.
        cached_urls: switch on the cache for signed URLs, where there is one.
        static: the folder whose files collectstatic takes; without it nobody has static files.
    """

    endpoint: str
    access_key: str
    secret_key: str = field(repr=False)
    bucket: str
    secure: bool
    whole_bucket: bool = False
    cached_urls: bool = False
    static: str | None = None

    @property
    def region(self) -> str:
        """Given to each, since asking for it would be one more request."""
        return "us-east-1"

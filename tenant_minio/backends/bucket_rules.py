"""What a bucket can be told besides its policy: lifecycle and CORS, as values.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleRule.html and
https://docs.aws.amazon.com/AmazonS3/latest/API/API_CORSRule.html
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class LifecycleRule:
    """When a server deletes by itself. Times are in days, None for never.

    Args:
        id: unique in its bucket.
        prefix: of the keys that it is about; empty for all.
        expire_days: an object, after it was stored.
        noncurrent_expire_days: a version, after another took its place.
        abort_uploads_days: the parts of a multipart upload, after it began.
        other: what else a server's rule says, as text; never declared.
    """

    id: str
    prefix: str = ""
    expire_days: int | None = None
    noncurrent_expire_days: int | None = None
    abort_uploads_days: int | None = None
    other: tuple[str, ...] = ()

    def __str__(self) -> str:
        days = {
            "expire": self.expire_days,
            "noncurrent": self.noncurrent_expire_days,
            "uploads": self.abort_uploads_days,
        }
        told = [f"{name} {count} d" for name, count in days.items() if count is not None]
        return f"{self.id} ({self.prefix or 'all'}): {', '.join([*told, *self.other])}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CorsRule:
    """Which pages of other origins may use a bucket, and how.

    Args:
        origins: such as ``https://app.example.com``; one ``*`` may stand in each.
        methods: GET, HEAD, PUT, POST, DELETE.
        headers: request headers that they may send.
        expose: response headers that they may read.
        max_age: seconds for which a browser keeps the answer; None leaves it to the browser.
    """

    origins: frozenset[str]
    methods: frozenset[str]
    headers: frozenset[str] = frozenset()
    expose: frozenset[str] = frozenset()
    max_age: int | None = None

    def __str__(self) -> str:
        told = f"{' '.join(sorted(self.methods))} from {' '.join(sorted(self.origins))}"
        for name, values in (("headers", self.headers), ("expose", self.expose)):
            if values:
                told += f", {name} {' '.join(sorted(values))}"
        return told if self.max_age is None else f"{told}, max_age {self.max_age} s"

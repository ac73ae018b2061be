"""The buckets of a cluster in memory."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tenant_minio.backends.base import ObjectInfo
from tenant_minio.backends.base_buckets import Buckets
from tenant_minio.backends.bucket_rules import CorsRule, LifecycleRule
from tenant_minio.backends.errors import missing_bucket


@dataclass(slots=True)
class StoredObject:
    """An object, its bytes, and the headers that it was made with."""

    info: ObjectInfo
    data: bytes
    headers: Mapping[str, str] = field(repr=False)


@dataclass(slots=True)
class Bucket:
    """What a bucket holds, and what it was told."""

    objects: dict[str, StoredObject] = field(default_factory=dict)
    policy: str = ""
    versioning: str = ""
    lifecycle: tuple[LifecycleRule, ...] = ()
    cors: tuple[CorsRule, ...] = ()


class MemoryBuckets(Buckets):
    """Keeps what buckets are told, and does nothing about it: no old versions, no expiry.

    It has no ACLs.
    """

    alias: str

    def __init__(self) -> None:
        self._buckets: dict[str, Bucket] = {}
        self._lock = threading.RLock()

    def bucket_exists(self, bucket: str) -> bool:
        return bucket in self._buckets

    def make_bucket(self, bucket: str) -> None:
        with self._lock:
            self._buckets.setdefault(bucket, Bucket())

    def get_policy(self, bucket: str) -> str:
        return self._bucket(bucket).policy

    def set_policy(self, bucket: str, policy: str) -> None:
        self._bucket(bucket).policy = policy

    def delete_policy(self, bucket: str) -> None:
        self._bucket(bucket).policy = ""

    def get_acl_groups(self, bucket: str) -> tuple[str, ...]:
        self._bucket(bucket)
        return ()

    def set_acl_private(self, bucket: str) -> None:
        self._bucket(bucket)

    def get_versioning(self, bucket: str) -> str:
        return self._bucket(bucket).versioning

    def set_versioning(self, bucket: str, *, enabled: bool) -> None:
        self._bucket(bucket).versioning = "Enabled" if enabled else "Suspended"

    def get_lifecycle(self, bucket: str) -> tuple[LifecycleRule, ...]:
        return self._bucket(bucket).lifecycle

    def set_lifecycle(self, bucket: str, rules: Sequence[LifecycleRule]) -> None:
        self._bucket(bucket).lifecycle = tuple(sorted(rules, key=lambda rule: rule.id))

    def get_cors(self, bucket: str) -> tuple[CorsRule, ...]:
        return self._bucket(bucket).cors

    def set_cors(self, bucket: str, rules: Sequence[CorsRule]) -> None:
        self._bucket(bucket).cors = tuple(rules)

    def _bucket(self, bucket: str) -> Bucket:
        try:
            return self._buckets[bucket]
        except KeyError:
            raise missing_bucket(f"{self.alias}:{bucket}") from None

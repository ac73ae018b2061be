"""What a backend does to whole buckets: one request per method."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from tenant_minio.backends.bucket_rules import CorsRule, LifecycleRule


class Buckets(ABC):
    """The buckets of one cluster.

    Beside what :class:`tenant_minio.backends.base.Backend` says, each method that is about a
    policy, an ACL, versioning, lifecycle or CORS raises UnsupportedFeatureError where the server
    has none.
    """

    @abstractmethod
    def bucket_exists(self, bucket: str) -> bool:
        """Whether there is such a bucket."""

    @abstractmethod
    def make_bucket(self, bucket: str) -> None:
        """Create a bucket; one that the same account owns already is fine."""

    @abstractmethod
    def get_policy(self, bucket: str) -> str:
        """The bucket's policy in JSON, empty if it has none."""

    @abstractmethod
    def set_policy(self, bucket: str, policy: str) -> None:
        """Replace the bucket's policy."""

    @abstractmethod
    def delete_policy(self, bucket: str) -> None:
        """Take the bucket's policy away, if it has one."""

    @abstractmethod
    def get_acl_groups(self, bucket: str) -> tuple[str, ...]:
        """The groups that the bucket's ACL grants something, as the cluster calls them."""

    @abstractmethod
    def set_acl_private(self, bucket: str) -> None:
        """Have the bucket's ACL grant nothing to anybody but its owner."""

    @abstractmethod
    def get_versioning(self, bucket: str) -> str:
        """``Enabled``, ``Suspended``, or empty where it was never set."""

    @abstractmethod
    def set_versioning(self, bucket: str, *, enabled: bool) -> None:
        """Keep old versions from now on, or make no more of them."""

    @abstractmethod
    def get_lifecycle(self, bucket: str) -> tuple[LifecycleRule, ...]:
        """The rules, sorted by id."""

    @abstractmethod
    def set_lifecycle(self, bucket: str, rules: Sequence[LifecycleRule]) -> None:
        """Replace all rules; an empty sequence leaves none."""

    @abstractmethod
    def get_cors(self, bucket: str) -> tuple[CorsRule, ...]:
        """The rules, in order."""

    @abstractmethod
    def set_cors(self, bucket: str, rules: Sequence[CorsRule]) -> None:
        """Replace all rules; an empty sequence leaves none."""

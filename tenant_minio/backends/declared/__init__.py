"""What ``STORAGES`` declares, as values, with all that is wrong."""

from tenant_minio.backends.declared.entries import MINIO_OPTIONS, Declared
from tenant_minio.backends.declared.policy_hooks import PolicyHook
from tenant_minio.backends.declared.state import BucketState

__all__ = ["MINIO_OPTIONS", "BucketState", "Declared", "PolicyHook"]

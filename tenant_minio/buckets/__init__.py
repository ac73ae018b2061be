"""Declared against actual: which buckets the settings need, and making them so."""

from tenant_minio.buckets.check import Comparison, check
from tenant_minio.buckets.initialize import Outcome, initialize
from tenant_minio.buckets.needs import Need, needs_of_entry, needs_of_storages, needs_of_tenants
from tenant_minio.buckets.selection import select
from tenant_minio.buckets.settle import BucketReport, Finding
from tenant_minio.buckets.sweep import Swept, Unfinished, sweep

__all__ = [
    "BucketReport",
    "Comparison",
    "Finding",
    "Need",
    "Outcome",
    "Swept",
    "Unfinished",
    "check",
    "initialize",
    "needs_of_entry",
    "needs_of_storages",
    "needs_of_tenants",
    "select",
    "sweep",
]

"""Declared against actual: which buckets the settings need, and making them so."""

from tenant_minio.buckets.declared import Need, needs_of_storages, needs_of_tenants
from tenant_minio.buckets.initialize import Outcome, initialize

__all__ = ["Need", "Outcome", "initialize", "needs_of_storages", "needs_of_tenants"]

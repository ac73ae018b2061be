"""Objects that nothing refers to: found, and deleted where that is sure."""

from tenant_minio.orphans.scan import clean, scan
from tenant_minio.orphans.selection import select
from tenant_minio.orphans.values import Found, Report, Rules, Watcher

__all__ = ["Found", "Report", "Rules", "Watcher", "clean", "scan", "select"]

"""``manage.py check_buckets``: the package's own, to which its messages send."""

from tenant_minio.management.commands.check_buckets import Command

__all__ = ["Command"]

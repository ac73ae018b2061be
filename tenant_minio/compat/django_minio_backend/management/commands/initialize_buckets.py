"""``manage.py initialize_buckets``: the package's own, for buckets that were made before it."""

from __future__ import annotations

from typing import Any

from tenant_minio.compat.django_minio_backend.buckets import replace_old_policies
from tenant_minio.compat.django_minio_backend.management.silence import Silence
from tenant_minio.management.commands import initialize_buckets


class Command(Silence, initialize_buckets.Command):
    """Exits with 1 if anything failed, silenced or not."""

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["dry_run"]:
            replace_old_policies()
        super().handle(*args, **options)

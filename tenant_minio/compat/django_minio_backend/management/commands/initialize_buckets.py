"""``manage.py initialize_buckets``: the package's own, for buckets that were made before it."""

from __future__ import annotations

from typing import Any

from tenant_minio.buckets import Need, Outcome
from tenant_minio.compat.django_minio_backend.buckets import initialize
from tenant_minio.compat.django_minio_backend.management.silence import Silence
from tenant_minio.management.commands import initialize_buckets


class Command(Silence, initialize_buckets.Command):
    """Exits with 1 if anything failed, silenced or not."""

    def initialize(self, needs: list[Need], **how: Any) -> list[Outcome]:
        """Buckets that were opened for listing are closed to it."""
        return initialize(needs, **how)

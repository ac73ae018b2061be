"""``manage.py is_minio_available``: the package's own, which ``--silenced`` keeps quiet."""

from tenant_minio.compat.django_minio_backend.management.silence import Silence
from tenant_minio.management.commands import is_minio_available


class Command(Silence, is_minio_available.Command):
    """Exits with 1 if a cluster cannot be used, silenced or not."""

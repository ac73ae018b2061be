"""Storages as v4 wants them: made by a callable."""

from tenant_minio.compat.django_minio_backend.models import MinioBackend


def get_private_storage() -> MinioBackend:
    return MinioBackend(bucket_name="example-private", storage_name="default")

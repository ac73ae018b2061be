"""Entries of STORAGES as projects on django-minio-backend have them."""

from typing import Any

HOME = "tenant_minio.compat.django_minio_backend.models"
GOOD = {
    "MINIO_ENDPOINT": "minio:9000",
    "MINIO_ACCESS_KEY": "key",
    "MINIO_SECRET_KEY": "S3CR3T-KEY",
    "MINIO_USE_HTTPS": False,
}


def media(**options: Any) -> dict[str, Any]:
    return {"BACKEND": f"{HOME}.MinioBackend", "OPTIONS": {**GOOD, **options}}


def static(**options: Any) -> dict[str, Any]:
    return {"BACKEND": f"{HOME}.MinioBackendStatic", "OPTIONS": {**GOOD, **options}}


def of(server: Any) -> dict[str, Any]:
    """How to reach a server, in the words of django-minio-backend."""
    ours = server.storage_options()
    return {
        "MINIO_ENDPOINT": ours["endpoint"],
        "MINIO_ACCESS_KEY": ours["access_key"],
        "MINIO_SECRET_KEY": ours["secret_key"],
        "MINIO_USE_HTTPS": ours["secure"],
    }

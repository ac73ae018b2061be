"""django-minio-backend 4, as its README sets it up.

MINIO_MULTIPART_UPLOAD stays off, as it is by default: with the minio that 4.4.4 requires, what it
sends in several parts arrives with a checksum that the server refuses.
"""

from __future__ import annotations

from .base import DjangoContestant
from .ground import Ground
from .static_settings import static_settings


class Contestant(DjangoContestant):
    def __init__(self, ground: Ground) -> None:
        options = {
            "MINIO_ENDPOINT": ground.endpoint,
            "MINIO_ACCESS_KEY": ground.access_key,
            "MINIO_SECRET_KEY": ground.secret_key,
            "MINIO_USE_HTTPS": ground.secure,
            "MINIO_REGION": ground.region,
        }
        storages = {
            "default": {
                "BACKEND": "django_minio_backend.models.MinioBackend",
                "OPTIONS": {
                    **options,
                    "MINIO_DEFAULT_BUCKET": ground.bucket,
                    "MINIO_PRIVATE_BUCKETS": [ground.bucket],
                },
            },
            "staticfiles": {
                "BACKEND": "django_minio_backend.models.MinioBackendStatic",
                "OPTIONS": {**options, "MINIO_STATIC_FILES_BUCKET": ground.bucket},
            },
        }
        if ground.static is None:
            del storages["staticfiles"]
        super().__init__(
            STORAGES=storages,
            MINIO_URL_CACHING_ENABLED=ground.cached_urls,
            **static_settings(ground.static, "django_minio_backend.apps.DjangoMinioBackendConfig"),
        )

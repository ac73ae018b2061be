"""django-storages over boto3, as its documentation sets it up for an own server."""

from __future__ import annotations

from .base import DjangoContestant
from .ground import Ground
from .static_settings import static_settings


class Contestant(DjangoContestant):
    def __init__(self, ground: Ground) -> None:
        options = {
            "endpoint_url": f"{'https' if ground.secure else 'http'}://{ground.endpoint}",
            "access_key": ground.access_key,
            "secret_key": ground.secret_key,
            "region_name": ground.region,
            "bucket_name": ground.bucket,
            # Otherwise boto3 signs URLs with version 2, which S3 itself no longer takes.
            "signature_version": "s3v4",
        }
        storages = {
            "default": {
                "BACKEND": "storages.backends.s3.S3Storage",
                # By default it overwrites what is there; the others keep it.
                "OPTIONS": {**options, "file_overwrite": False},
            },
            "staticfiles": {
                "BACKEND": "storages.backends.s3.S3StaticStorage",
                "OPTIONS": options,
            },
        }
        if ground.static is None:
            del storages["staticfiles"]
        super().__init__(STORAGES=storages, **static_settings(ground.static, "storages"))

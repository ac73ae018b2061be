"""tenant_minio: a RoutingStorage, inside a tenant."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from .base import DjangoContestant
from .ground import Ground
from .static_settings import static_settings

_TENANT = "acme"


class Contestant(DjangoContestant):
    def __init__(self, ground: Ground) -> None:
        options = {
            "endpoint": ground.endpoint,
            "access_key": ground.access_key,
            "secret_key": ground.secret_key,
            "secure": ground.secure,
            "region": ground.region,
        }
        if not ground.cached_urls:
            options["url_cache_size"] = 0
        storages: dict[str, Any] = {
            "default": {
                "BACKEND": "tenant_minio.RoutingStorage",
                "OPTIONS": {"backend": "eu", **_template(ground)},
            },
            "eu": {"BACKEND": "tenant_minio.MinioStorage", "OPTIONS": options},
        }
        if ground.static is not None:
            storages = {
                "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
                "staticfiles": {
                    "BACKEND": "tenant_minio.MinioStaticStorage",
                    "OPTIONS": {**options, "bucket": ground.bucket},
                },
            }
        super().__init__(
            STORAGES=storages,
            TENANT_MINIO={"REQUIRE_TENANT": True},
            **static_settings(ground.static, "tenant_minio"),
        )

    def entered(self) -> AbstractContextManager[object]:
        from tenant_minio import use_tenant

        return use_tenant(_TENANT)

    def urls(self, names: list[str]) -> list[str]:
        """A page of signed URLs; no other contestant has this."""
        return list(self.storage.urls(names))


def _template(ground: Ground) -> dict[str, Any]:
    if ground.whole_bucket:
        return {"routes": {_TENANT: {"bucket": ground.bucket, "prefix": ""}}}
    return {"bucket": ground.bucket, "prefix": "tenants/{tenant}/"}

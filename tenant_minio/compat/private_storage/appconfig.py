"""The settings ``PRIVATE_STORAGE_*``, read anew whenever they are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings

_HOME = "tenant_minio.compat.private_storage"
DEFAULTS: Mapping[str, Any] = {
    "PRIVATE_STORAGE_CLASS": f"{_HOME}.storage.files.PrivateFileSystemStorage",
    "PRIVATE_STORAGE_ROOT": None,
    "PRIVATE_STORAGE_SERVER": "django",
    "PRIVATE_STORAGE_AUTH_FUNCTION": f"{_HOME}.permissions.allow_superuser",
    "PRIVATE_STORAGE_INTERNAL_URL": "/private-x-accel-redirect/",
    "PRIVATE_STORAGE_NGINX_VERSION": None,
    "PRIVATE_STORAGE_S3_REVERSE_PROXY": False,
    # Spelled so by those who set it.
    "PRIVATE_STORAGE_MINO_REVERSE_PROXY": False,
}


def __getattr__(name: str) -> Any:
    try:
        default = DEFAULTS[name]
    except KeyError:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None
    return getattr(settings, name, default)

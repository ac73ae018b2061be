"""What stands in ``django_minio_backend.utils``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from tenant_minio.backends.base import Health
from tenant_minio.exceptions import InvalidBackendError

__all__ = [
    "ConfigurationError",
    "MinioServerStatus",
    "PrivatePublicMixedError",
    "get_setting",
    "get_storages_setting",
]

# Wrong settings are one kind of error here; what caught the one or the other catches it.
ConfigurationError = InvalidBackendError
PrivatePublicMixedError = InvalidBackendError


class MinioServerStatus:
    """Whether a cluster can be used; true where it answers as healthy and takes the credentials.

    Args:
        health: what was seen; None where nobody could be asked.

    Attributes:
        status: 200 where the cluster can be used, else None.
        data: what was seen, in words.
    """

    def __init__(self, health: Health | None) -> None:
        self.is_available = health is not None and health.available
        self.status = 200 if self.is_available else None
        self.data = None if health is None else health.detail
        self._details = ["nobody was asked" if health is None else health.detail]

    def add_message(self, text: str) -> None:
        """Add a line to the details."""
        self._details.append(text)

    @property
    def details(self) -> str:
        """All messages, a line each."""
        return "\n".join(self._details)

    def __bool__(self) -> bool:
        return self.is_available

    def __repr__(self) -> str:
        return f"MinIO is {'available' if self.is_available else 'NOT available'}"


def get_setting(name: str, default: Any = None) -> Any:
    """A setting, or ``default``."""
    return getattr(settings, name, default)


def get_storages_setting(name: str, storage: str = "default", default: Any = None) -> Any:
    """An option of ``STORAGES[storage]``, or ``default``."""
    entries: Mapping[str, Mapping[str, Any]] = settings.STORAGES  # type: ignore[assignment]
    return (entries[storage].get("OPTIONS") or {}).get(name, default)

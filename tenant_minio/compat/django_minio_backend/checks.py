"""What is wrong with the storages that fields hold, beside what is wrong with the settings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.apps import AppConfig, apps
from django.core import checks
from django.db.models import FileField

from tenant_minio.backends.registry import registry
from tenant_minio.compat.django_minio_backend.models import MinioBackend
from tenant_minio.exceptions import InvalidBackendError

_APP = "tenant_minio.compat.django_minio_backend"


def register() -> None:
    """Add the checks to Django's."""
    checks.register(check_fields, checks.Tags.models)
    checks.register(check_order)


def check_order(**_kwargs: Any) -> list[checks.CheckMessage]:
    """Whose commands run where both apps are installed: those of the one that stands first."""
    names = [config.name for config in apps.get_app_configs()]
    if "tenant_minio" not in names or names.index("tenant_minio") < names.index(_APP):
        return []
    return [
        checks.Warning(
            f"{_APP!r} stands before 'tenant_minio' in INSTALLED_APPS: clean_orphaned_minio_files "
            f"deletes unless --dry-run is given.",
            hint="Put 'tenant_minio' first, or silence this check.",
            id="tenant_minio.W042",
        )
    ]


def check_fields(
    app_configs: Iterable[AppConfig] | None = None, **_kwargs: Any
) -> list[checks.CheckMessage]:
    """Every FileField with a MinioBackend of its own: its options, its entry and its bucket."""
    found: list[checks.CheckMessage] = []
    told = {alias for problem in registry.declared.problems for alias in problem.aliases}
    for config in app_configs or apps.get_app_configs():
        for model in config.get_models():
            for field in model._meta.local_fields:  # noqa: SLF001 -- Django's documented API
                storage = field.storage if isinstance(field, FileField) else None
                if isinstance(storage, MinioBackend) and storage.alias not in told:
                    found += _messages(field, storage)
    return found


def _messages(field: Any, storage: MinioBackend) -> list[checks.CheckMessage]:
    try:
        storage.locate()
    except InvalidBackendError as error:
        return [checks.Error(f"{field}: {error}", obj=field, id="tenant_minio.E040")]
    if storage.is_bucket_declared:
        return []
    return [
        checks.Warning(
            f"{field} stores in the bucket {storage.bucket!r}, which STORAGES[{storage.alias!r}] "
            f"does not declare: it counts as private.",
            hint="Add it to MINIO_PRIVATE_BUCKETS or MINIO_PUBLIC_BUCKETS.",
            obj=field,
            id="tenant_minio.W041",
        )
    ]

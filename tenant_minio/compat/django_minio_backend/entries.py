"""Where the settings of a storage stand: in ``STORAGES``, or at the top level as v3 has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.signals import setting_changed
from django.utils.module_loading import import_string

from tenant_minio.backends.registry import entries, entry_sources, registry
from tenant_minio.compat.django_minio_backend.options import TOP_LEVEL

# The entry that stands for top-level settings which no entry of STORAGES is about.
ALIAS = "django_minio_backend"
_BACKEND = "tenant_minio.compat.django_minio_backend.models.MinioBackend"


def with_top_level(options: Mapping[str, Any]) -> dict[str, Any]:
    """An entry's options, with the top-level settings where it names no cluster itself.

    v4 reads what is about cached URLs at the top level in any case.
    """
    names = TOP_LEVEL
    if "MINIO_ENDPOINT" in options or "endpoint" in options:
        names = tuple(name for name in TOP_LEVEL if name.startswith("MINIO_URL_CACH"))
    return {name: getattr(settings, name) for name in names if hasattr(settings, name)} | dict(
        options
    )


def entry_options(alias: str) -> Mapping[str, Any]:
    """The options of an entry as the settings have them."""
    return with_top_level(entries().get(alias, {}).get("OPTIONS") or {})


def usable_alias(name: str) -> str:
    """The entry that ``storage_name`` means.

    ``default`` also means the top-level settings, where ``STORAGES["default"]`` is another kind of
    storage.
    """
    if name == "default" and ALIAS in registry.declared.backends:
        return ALIAS
    return name


def _top_level_entries() -> dict[str, dict[str, Any]]:
    if not hasattr(settings, "MINIO_ENDPOINT"):
        return {}
    in_storages: Mapping[str, Mapping[str, Any]] = settings.STORAGES  # type: ignore[assignment]
    default = in_storages.get("default", {}).get("BACKEND")
    try:
        is_own = hasattr(import_string(str(default)), "translate_options")
    except ImportError:
        is_own = False
    return {} if is_own else {ALIAS: {"BACKEND": _BACKEND}}


def _follow_settings(*, setting: str, **_kwargs: object) -> None:
    if setting in TOP_LEVEL:
        registry.reset()


entry_sources.append(_top_level_entries)
registry.reset()  # it may have been read without that source
setting_changed.connect(_follow_settings, dispatch_uid="tenant_minio.compat.django_minio_backend")

"""Static files and their manifests, which no row refers to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import STATICFILES_STORAGE_ALIAS
from django.core.files.storage import FileSystemStorage, storages
from django.utils.module_loading import import_string

from tenant_minio.backends.registry import entries, registry
from tenant_minio.exceptions import InvalidBackendError
from tenant_minio.orphans.trust import is_local
from tenant_minio.orphans.values import may_meet
from tenant_minio.routing import Route
from tenant_minio.routing.buckets import bucket_fault
from tenant_minio.storage.static import StaticFiles


def is_static(alias: str) -> bool:
    """Whether an entry of this package's keeps static files."""
    kind = registry.declared.classes.get(alias, object)
    return alias == STATICFILES_STORAGE_ALIAS or issubclass(kind, StaticFiles)


def foreign_static(route: Route) -> Route | None:
    """Where another package's static files are, if one of them can be in ``route``.

    Raises:
        InvalidBackendError: their storage does not say.
    """
    alias = STATICFILES_STORAGE_ALIAS
    if alias in registry.declared.classes or is_local(_class_of(alias)):
        return None
    storage: Any = storages[alias]
    # As most storages for S3 and the like call them.
    bucket = getattr(storage, "bucket_name", None)
    if not isinstance(bucket, str) or bucket_fault(bucket) is not None:
        raise InvalidBackendError(
            f"STORAGES[{alias!r}] is {type(storage).__name__}, which does not say where it keeps "
            f"static files, and in {route.bucket!r} they could not be told from orphans. Have a "
            f"subclass name their bucket in the attribute 'bucket_name'."
        )
    base = str(getattr(storage, "location", "")).strip("/")
    place = Route(alias, bucket, f"{base}/" if base else "")
    return place if may_meet(place, route) else None


def manifest_keys(route: Route) -> Iterator[str]:
    """The keys that a manifest may have below ``route``, whichever storage it is in."""
    aliases = {alias for alias in registry.declared.classes if is_static(alias)}
    for alias in {*aliases, STATICFILES_STORAGE_ALIAS}:
        if not hasattr(_class_of(alias), "manifest_name"):
            continue
        storage: Any = storages[alias]
        base = getattr(getattr(storage, "manifest_storage", None), "location", "")
        for start in ("", route.prefix, f"{base}/" if base and isinstance(base, str) else ""):
            yield f"{start}{storage.manifest_name}"


def _class_of(alias: str) -> type:
    """The class of an entry, which may need settings that a project without static files lacks."""
    entry = entries().get(alias)
    found: type = FileSystemStorage if entry is None else import_string(str(entry["BACKEND"]))
    return found

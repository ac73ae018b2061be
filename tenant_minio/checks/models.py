"""What is wrong with the file fields of models."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.core import checks
from django.core.exceptions import FieldDoesNotExist
from django.core.files.storage import InvalidStorageError
from django.db.models import FileField, Model

from tenant_minio.backends.registry import registry
from tenant_minio.exceptions import InvalidBackendError
from tenant_minio.storage import MinioStorage, RoutingStorage, TenantFileField
from tenant_minio.storage.base import FROM_ALIAS


def check_models(
    app_configs: Iterable[AppConfig] | None = None, **_kwargs: Any
) -> list[checks.CheckMessage]:
    """Every TenantFileField: its storage, and the attribute that it takes the tenant from."""
    found: list[checks.CheckMessage] = []
    for config in app_configs or apps.get_app_configs():
        for model, field in _file_fields(config):
            if not isinstance(field, TenantFileField):
                continue
            if _routing(field) is False:
                found.append(
                    checks.Error(
                        f"{field} is a TenantFileField, but its storage is no RoutingStorage.",
                        hint="Use a tenant_minio.RoutingStorage, or a plain FileField.",
                        obj=field,
                        id="tenant_minio.E014",
                    )
                )
            hint = None if field.tenant is None else _no_key(model, field.tenant)
            if hint is not None:
                found.append(
                    checks.Error(
                        f"{field} takes its tenant from {field.tenant!r}, which holds no key in "
                        f"{model.__name__}.",
                        hint=hint,
                        obj=field,
                        id="tenant_minio.E015",
                    )
                )
    return found


def check_shared_apps(
    app_configs: Iterable[AppConfig] | None = None, **_kwargs: Any
) -> list[checks.CheckMessage]:
    """A plain FileField on a RoutingStorage in an app that lives in the public schema only.

    Such a table has no tenant, so every use of the file would raise NoTenantError.
    """
    shared = set(getattr(settings, "SHARED_APPS", ())) - set(getattr(settings, "TENANT_APPS", ()))
    public = getattr(settings, "PUBLIC_SCHEMA_NAME", "public")
    found: list[checks.CheckMessage] = []
    for config in app_configs or apps.get_app_configs():
        paths = {config.name, f"{type(config).__module__}.{type(config).__qualname__}"}
        if not paths & shared:
            continue
        for _model, field in _file_fields(config):
            named = public in registry.named_tenants()
            own = isinstance(field, TenantFileField) and field.tenant
            if named or own or not _routing(field):
                continue
            found.append(
                checks.Error(
                    f"{field} stores by tenant, but {config.label!r} is one of SHARED_APPS: "
                    f"its table has no tenant.",
                    hint=f"Use TenantFileField(tenant=...), another storage, or name a route "
                    f"for {public!r}.",
                    obj=field,
                    id="tenant_minio.E013",
                )
            )
    return found


def check_buckets(
    app_configs: Iterable[AppConfig] | None = None, **_kwargs: Any
) -> list[checks.CheckMessage]:
    """Every file field whose storage is bound to a bucket: its entry declares that bucket."""
    found: list[checks.CheckMessage] = []
    for config in app_configs or apps.get_app_configs():
        for _model, field in _file_fields(config):
            fault = _bucket_fault(field)
            if fault is not None:
                found.append(
                    checks.Error(
                        f"{field} stores in a bucket that cannot be used.",
                        hint=fault,
                        obj=field,
                        id="tenant_minio.E019",
                    )
                )
    return found


def _bucket_fault(field: FileField) -> str | None:
    """Why the bucket that a field's storage is bound to, if it is, cannot be used."""
    try:
        storage: Any = field.storage
        if isinstance(storage, MinioStorage):
            path, _arguments, bound = storage.deconstruct()
            # One that is made by its class, as compat's, is not bound but its own.
            if path == FROM_ALIAS and bound:
                storage.locate()
    except InvalidStorageError:
        return None  # an alias that is in no STORAGES, which Django tells at use
    except InvalidBackendError as error:
        return str(error)
    return None


def _file_fields(config: AppConfig) -> Iterator[tuple[type[Model], FileField]]:
    for model in config.get_models():
        for field in model._meta.local_fields:  # noqa: SLF001 -- Django's documented API
            if isinstance(field, FileField):
                yield model, field


def _routing(field: FileField) -> bool | None:
    """Whether a field stores by tenant; None where its alias is in no STORAGES."""
    try:
        return isinstance(field.storage, RoutingStorage)
    except InvalidStorageError:
        return None


def _no_key(model: type[Model], name: str) -> str | None:
    """What to do where the attribute ``name`` of a model cannot hold a tenant's key."""
    try:
        field: Any = model._meta.get_field(name)  # noqa: SLF001 -- Django's documented API
    except FieldDoesNotExist:
        if hasattr(model, name):
            return None
        return f"{model.__name__} has no attribute {name!r}: name a column that holds the key."
    # Django 5.2 calls a many-to-many field concrete.
    has_column = field.concrete and not field.many_to_many
    if not field.is_relation or (has_column and field.attname == name):
        return None
    column = f"use {field.attname!r}" if has_column else "name a column that holds the key"
    return f"{name!r} is a relation: {column}."

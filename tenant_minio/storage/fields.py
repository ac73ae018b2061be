"""A FileField that knows which tenant its row belongs to."""

from __future__ import annotations

from typing import Any, cast

from django.core.files.storage import Storage
from django.db import models
from django.db.models.fields.files import FieldFile, FileDescriptor
from django.db.models.signals import class_prepared, post_init

from tenant_minio.exceptions import (
    InvalidBackendError,
    NoTenantError,
    TenantMinioError,
    TenantMismatchError,
)
from tenant_minio.storage.routed import RoutingStorage
from tenant_minio.tenants.context import current_tenant, key_of

# Where an instance keeps the tenant that it was loaded, or made, under; "" where the sources of
# the tenant disagreed at that moment, which is no tenant's.
_LOADED_UNDER = "_tenant_minio_loaded_under"


def _remember(instance: models.Model, **_kwargs: Any) -> None:
    try:
        tenant = current_tenant()
    except TenantMinioError:
        tenant = ""
    if tenant is not None:
        instance.__dict__.setdefault(_LOADED_UNDER, tenant)


class TenantFieldFile(FieldFile):
    """The file of a row; its storage is found at each use, and bound to the row's tenant."""

    @property
    def storage(self) -> Storage:
        """The field's storage for the tenant of this row.

        Raises:
            NoTenantError: the row names no tenant.
            TenantMismatchError: the row belongs to, or was loaded under, another tenant than the
                current one.
        """
        return cast(TenantFileField, self.field).storage_of(self.instance)

    @storage.setter
    def storage(self, _storage: Storage) -> None:
        """FieldFile sets it once and keeps it; here the row decides, at each use."""


class TenantFileDescriptor(FileDescriptor):
    """Remembers whose file was assigned, where it comes from another row."""

    def __set__(self, instance: models.Model, value: Any) -> None:
        field = cast(TenantFileField, self.field)
        instance.__dict__.pop(field.assigned_from, None)
        if isinstance(value, TenantFieldFile) and value.instance is not instance:
            source = value.instance
            theirs = source.__dict__.get(_LOADED_UNDER)
            same_row = type(source) is type(instance) and source.pk == instance.pk is not None
            if same_row and theirs is not None:
                instance.__dict__[_LOADED_UNDER] = theirs  # refresh_from_db: loaded just now
            elif theirs is not None:
                instance.__dict__[field.assigned_from] = theirs
        super().__set__(instance, value)


class TenantFileField(models.FileField):
    """A FileField whose files always belong to the tenant of their row.

    Args:
        tenant: the attribute of the row that holds the tenant's key, for tables that all tenants
            share, such as ``"account_id"``: text, a whole number or a UUID. Without it the
            current tenant counts. Either way a row that was loaded under another tenant than
            the current one is refused.
    """

    attr_class = TenantFieldFile
    descriptor_class = TenantFileDescriptor

    def __init__(self, *args: Any, tenant: str | None = None, **kwargs: Any) -> None:
        self.tenant = tenant
        super().__init__(*args, **kwargs)

    @property
    def assigned_from(self) -> str:
        """Where an instance keeps the tenant of the other row that its file comes from."""
        return f"_{self.attname}_assigned_from"

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        if type(self) is TenantFileField:
            path = "tenant_minio.TenantFileField"
        if self.tenant is not None:
            kwargs["tenant"] = self.tenant
        return name, path, args, kwargs

    def storage_of(self, instance: models.Model) -> Storage:
        """The storage of one row's file; see :class:`TenantFieldFile`."""
        if not isinstance(self.storage, RoutingStorage):
            raise InvalidBackendError(
                f"{self} is a TenantFileField, but its storage is {self.storage!r}. It needs a "
                f"tenant_minio.RoutingStorage."
            )
        current = current_tenant()
        for loaded in (
            instance.__dict__.get(_LOADED_UNDER),
            instance.__dict__.get(self.assigned_from),
        ):
            if loaded is not None and current is not None and loaded != current:
                raise TenantMismatchError(
                    f"This {self} was loaded under the tenant {loaded or 'that nobody knows'!r} "
                    f"and is used under {current!r}. Load the row again inside the tenant it is "
                    f"used for."
                )
        if self.tenant is None:
            return self.storage
        key = key_of(getattr(instance, self.tenant), f"{self.tenant!r} of this {self}")
        if key is None:
            raise NoTenantError(
                f"{self} takes its tenant from {self.tenant!r}, which is empty in this row. Set "
                f"it before the file is used."
            )
        if current is not None and current != key:
            raise TenantMismatchError(
                f"The file of this {self} belongs to the tenant {key!r} and is used under "
                f"{current!r}."
            )
        return self.storage.for_tenant(key)


def _watch(sender: type[models.Model], **_kwargs: Any) -> None:
    """Have the rows of a model remember their tenant, if it has or inherits such a field."""
    attributes = (value for base in sender.__mro__ for value in vars(base).values())
    if any(isinstance(value, TenantFileDescriptor) for value in attributes):
        post_init.connect(_remember, sender=sender, dispatch_uid="tenant_minio.loaded_under")


class_prepared.connect(_watch, dispatch_uid="tenant_minio.loaded_under")

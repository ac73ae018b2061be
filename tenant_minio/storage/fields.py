"""A FileField that knows which tenant its row belongs to."""

from __future__ import annotations

from typing import Any, cast

from django.core.files.storage import Storage
from django.db import models
from django.db.models.fields.files import FieldFile, FileDescriptor

from tenant_minio.exceptions import InvalidBackendError, NoTenantError, TenantMismatchError
from tenant_minio.storage.routed import RoutingStorage
from tenant_minio.tenants.context import current_tenant, key_of


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
    """Remembers under which tenant a row was loaded."""

    def __set__(self, instance: models.Model, value: Any) -> None:
        field = cast(TenantFileField, self.field)
        if isinstance(value, TenantFieldFile) and value.instance is not instance:
            # From another instance, as refresh_from_db does it: the file is still that one's.
            instance.__dict__[field.loaded_under] = field.tenant_of_loading(value.instance)
        else:
            # First set by Model.__init__, so at loading: assignments later do not count.
            instance.__dict__.setdefault(field.loaded_under, current_tenant())
        super().__set__(instance, value)


class TenantFileField(models.FileField):
    """A FileField whose files always belong to the tenant of their row.

    Args:
        tenant: the attribute of the row that holds the tenant's key, for tables that all tenants
            share, such as ``"account_id"``: text, a whole number or a UUID. Without it the
            current tenant counts, and a row that was loaded under another one is refused.
    """

    attr_class = TenantFieldFile
    descriptor_class = TenantFileDescriptor

    def __init__(self, *args: Any, tenant: str | None = None, **kwargs: Any) -> None:
        self.tenant = tenant
        super().__init__(*args, **kwargs)

    @property
    def loaded_under(self) -> str:
        """Where an instance keeps the tenant that it was loaded under."""
        return f"_{self.attname}_loaded_under"

    def tenant_of_loading(self, instance: models.Model) -> str | None:
        """The tenant that an instance was loaded under, None if there was none."""
        key: str | None = instance.__dict__.get(self.loaded_under)
        return key

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
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
        loaded = self.tenant_of_loading(instance)
        current = current_tenant()
        if loaded is not None and current is not None and loaded != current:
            raise TenantMismatchError(
                f"This {self} was loaded under the tenant {loaded!r} and is used under "
                f"{current!r}. Load the row again inside the tenant it is used for."
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

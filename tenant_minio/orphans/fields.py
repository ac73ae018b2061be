"""Which columns hold names of files, and where these files can be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import Q

from tenant_minio.exceptions import UnknownTenantError
from tenant_minio.orphans.trust import is_local, keeps_to_its_storage
from tenant_minio.orphans.values import may_meet
from tenant_minio.storage import RoutingStorage, TenantFileField
from tenant_minio.storage.base import ObjectStorage
from tenant_minio.storage.location import Location


@dataclass(frozen=True, slots=True)
class Column:
    """A FileField, or an array of them, whose files can be in the location that is looked at.

    Args:
        model: not a proxy.
        field: one of its own fields.
        starts: what may go before a name in a key.
        location: where the files are; None where neither storage nor row tells.
        fixed: the storage is the same for the rows of every tenant.
        owner: the column that holds the key of the row's tenant.
    """

    model: type[models.Model]
    field: models.Field[Any, Any]
    starts: tuple[str, ...]
    location: Location | None
    fixed: bool
    owner: models.Field[Any, Any] | None

    def __str__(self) -> str:
        return str(self.field)

    @property
    def holds_one(self) -> bool:
        """Whether a row holds one name, and no array of names."""
        return isinstance(self.field, models.FileField)

    def where(self, tenant: str | None) -> Q:
        """The rows that may be the tenant's, and those of nobody, as far as queries can tell."""
        if self.owner is None or tenant is None:
            return Q()
        value = _as_stored(self.owner, tenant)
        if value is None:
            return Q()
        name = self.owner.attname
        nobody = Q(**{f"{name}__isnull": True})
        if isinstance(value, str):
            nobody |= Q(**{name: ""})
        return Q(**{name: value}) | nobody

    @property
    def is_plain(self) -> bool:
        """Whether a query finds a name by its text: the column holds it as it is."""
        own = type(self.field)
        return (
            self.holds_one
            and not hasattr(own, "from_db_value")
            and all(
                getattr(own, method) is getattr(models.FileField, method)
                for method in ("get_prep_value", "get_db_prep_value", "get_lookup")
            )
        )


def _as_stored(column: models.Field[Any, Any], tenant: str) -> Any:
    """What a query compares with the column to find the tenant; None where only Python can."""
    target = getattr(column, "target_field", column)
    kind = type(target)
    if kind in {models.CharField, models.SlugField, models.TextField}:
        return tenant
    if issubclass(kind, models.IntegerField) and kind.__module__.startswith("django."):
        return int(tenant) if tenant.isascii() and tenant.isdecimal() else None
    if kind is models.UUIDField:
        try:
            return UUID(tenant)
        except ValueError:
            return None
    return None


def columns_of(tenant: str | None, place: Location) -> Iterator[Column]:
    """Every column that may refer to the files in ``place``.

    A column is left out only where its files are known to be elsewhere.

    Args:
        tenant: whose files are looked at; None for a storage that no tenant owns.
        place: where they are.

    Raises:
        TenantMinioError, InvalidStorageError: a field's storage is not to be had.
    """
    for model in apps.get_models(include_auto_created=True):
        if model._meta.proxy:  # noqa: SLF001 -- Django's documented API
            continue
        for field in model._meta.local_fields:  # noqa: SLF001 -- Django's documented API
            file_field: Any = field
            while not (file_field is None or isinstance(file_field, models.FileField)):
                file_field = getattr(file_field, "base_field", None)  # as PostgreSQL's ArrayField
            if file_field is not None:
                column = _column(model, field, file_field, tenant, place)
                if column is not None:
                    yield column


def _column(
    model: type[models.Model],
    column: models.Field[Any, Any],
    field: models.FileField,
    tenant: str | None,
    place: Location,
) -> Column | None:
    storage: Any = field.storage
    # What a project does with the names in an array, no class says.
    dynamic = field is not column or not keeps_to_its_storage(model, field)
    # A lazy storage, as `default_storage` is, answers for the one behind it.
    if not dynamic and is_local(storage.__class__):
        return None
    own_way = isinstance(storage, RoutingStorage) and (
        storage.__class__.locate is not RoutingStorage.locate
    )
    if dynamic or own_way or not isinstance(storage, ObjectStorage):
        # Another package's storage may look into the same bucket, from its root or below a prefix.
        base = getattr(storage, "location", "")
        starts = {"", place.route.prefix, f"{base}/" if base and isinstance(base, str) else ""}
        return Column(model, column, tuple(starts), None, fixed=tenant is None, owner=None)
    name = field.tenant if isinstance(field, TenantFileField) else None
    fixed = True
    if isinstance(storage, RoutingStorage):
        fixed = storage.tenant is not None and name is None
        if not fixed and tenant is None:
            return None  # it is some tenant's, and what may be a tenant's is not searched
        if not fixed:
            storage = storage.for_tenant(str(tenant))
    try:
        location = storage.locate()
    except UnknownTenantError:
        return None
    if not may_meet(location.route, place.route):
        return None
    start = (location.route.prefix,)
    if fixed or name is None:
        return Column(model, field, start, location, fixed=fixed, owner=None)
    owner = _owner(model, name)
    # Whose a row is that no column tells, no query knows: it may be anybody's.
    known = None if owner is None else location
    return Column(model, field, start, known, fixed=False, owner=owner)


def _owner(model: type[models.Model], name: str) -> models.Field[Any, Any] | None:
    """The column of this name, if it is one: a property is seen by Python only."""
    try:
        found: Any = model._meta.get_field(name)  # noqa: SLF001 -- Django's documented API
    except FieldDoesNotExist:
        return None
    is_column = getattr(found, "concrete", False) and not found.many_to_many
    return found if is_column and found.attname == name else None

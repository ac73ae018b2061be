"""Which columns are asked, for which rows."""

from typing import Any

import pytest
from django.contrib.postgres.fields import ArrayField
from django.core.files.storage import FileSystemStorage
from django.db import models
from django.test.utils import isolate_apps

from tenant_minio import RoutingStorage, TenantFileField
from tenant_minio.orphans import fields as fields_module
from tenant_minio.orphans.fields import Column, columns_of
from tenant_minio.storage import TenantFieldFile, from_alias
from tenant_minio.storage.location import Location
from tests.conftest import MEMORY

UUID_KEY = "12345678-1234-5678-1234-567812345678"


class WithItsOwnPlace(RoutingStorage):
    def locate(self) -> Location:
        raise AssertionError("nobody asks outside of a row")


@pytest.fixture(autouse=True)
def _entries(use_storages: Any) -> None:
    route = {"backend": "eu", "bucket": "media", "prefix": "tenants/{tenant}/"}
    named = {"acme": {"backend": "eu", "bucket": "media", "prefix": "other/"}}
    kinds = {"default": {}, "inner": {"prefix": "tenants/{tenant}/in/"}, "far": {"bucket": "far"}}
    use_storages(
        eu=MEMORY,
        reports={**MEMORY, "OPTIONS": {"bucket": "media", "prefix": "reports/"}},
        few={"BACKEND": "tenant_minio.RoutingStorage", "OPTIONS": {"routes": named}},
        own={"BACKEND": f"{__name__}.WithItsOwnPlace", "OPTIONS": {**route, "bucket": "own"}},
        **{
            name: {"BACKEND": "tenant_minio.RoutingStorage", "OPTIONS": {**route, **more}}
            for name, more in kinds.items()
        },
    )


def columns(
    registry: Any, monkeypatch: pytest.MonkeyPatch, tenant: str | None
) -> dict[str, Column]:
    monkeypatch.setattr(fields_module, "apps", registry)
    if tenant is None:
        place = from_alias("reports").locate()
    else:
        place = from_alias("default").for_tenant(tenant).locate()
    return {column.field.name: column for column in columns_of(tenant, place)}


class DynamicFile(models.fields.files.FieldFile):
    @property
    def storage(self) -> Any:
        raise AssertionError("nobody asks outside of a row")

    @storage.setter
    def storage(self, _storage: Any) -> None:
        pass


class DynamicField(models.FileField):
    attr_class = DynamicFile


class SetInInit(models.fields.files.FieldFile):
    """The usual recipe for a storage that the row chooses."""

    def __init__(self, instance: Any, field: Any, name: str) -> None:
        super().__init__(instance, field, name)
        self.storage = from_alias(instance.where)


class SetOnSave(TenantFieldFile):
    def save(self, name: str, content: Any, save: bool = True) -> None:
        self.file = from_alias("reports").open(name)


class Shown(models.fields.files.ImageFieldFile):
    """What it adds is not about where files are."""

    def url(self) -> str:
        return "/shown"

    def thumbnail(self) -> str:
        return "small"


class Descriptor(models.fields.files.FileDescriptor):
    def __get__(self, instance: Any, cls: Any = None) -> Any:
        return super().__get__(instance, cls)


class Saver(models.FileField):
    def pre_save(self, instance: models.Model, add: bool) -> Any:
        return super().pre_save(instance, add)


def with_classes(attr: Any = None, descriptor: Any = None) -> Any:
    """A FileField on disk whose rows are read by these."""
    members = {"attr_class": attr, "descriptor_class": descriptor}
    given = {name: one for name, one in members.items() if one is not None}
    return type("Field", (models.FileField,), given)(storage=FileSystemStorage())


class ToCluster(FileSystemStorage):
    """A project on its way: what is new goes to a bucket."""

    def _save(self, name: str, content: Any) -> str:
        return str(from_alias("reports").save(name, content))


class OnDisk(FileSystemStorage):
    """Another folder, and other names: still on this disk."""

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return name

    def path(self, name: str) -> str:
        return super().path(name)


class EncryptedField(models.FileField):
    def from_db_value(self, value: Any, *_args: Any) -> Any:
        return value


def test_a_column_is_left_out_only_where_its_files_are_known_to_be_elsewhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from django.core.files.storage import Storage

    with isolate_apps("tests.project.docs") as registry:

        class Base(models.Model):
            inherited = models.FileField()

            class Meta:
                app_label = "docs"
                abstract = True

        class Many(Base):
            routed = models.FileField()
            inner = models.FileField(storage=from_alias("inner"))
            far = models.FileField(storage=from_alias("far"))
            few = models.FileField(storage=from_alias("few"))
            bound = models.FileField(storage=from_alias("default", tenant="acme"))
            other = models.FileField(storage=from_alias("default", tenant="globex"))
            plain = models.FileField(storage=lambda: from_alias("reports"))
            own = models.FileField(storage=from_alias("own"))
            disk = models.FileField(storage=FileSystemStorage())
            wrapped = models.FileField(storage=Storage())
            dynamic = DynamicField(storage=FileSystemStorage())
            encrypted = EncryptedField()

            class Meta:
                app_label = "docs"

        class Unmanaged(models.Model):
            unmanaged = models.FileField()
            many = models.ManyToManyField(Many)

            class Meta:
                app_label = "docs"
                managed = False

        class Proxy(Many):
            class Meta:
                app_label = "docs"
                proxy = True

    shared = {"inherited", "routed", "inner", "own", "wrapped", "dynamic", "encrypted", "unmanaged"}
    found = columns(registry, monkeypatch, "acme")
    assert set(found) == shared | {"bound"}
    assert {name for name, column in found.items() if column.fixed} == {"bound"}
    unknown = {name for name, column in found.items() if column.location is None}
    assert unknown == {"own", "wrapped", "dynamic"}
    assert not found["encrypted"].is_plain
    assert found["routed"].is_plain
    assert found["inner"].starts == ("tenants/acme/in/",)
    assert set(columns(registry, monkeypatch, None)) == {"own", "wrapped", "dynamic", "plain"}


def test_what_a_project_changes_of_files_is_not_taken_for_elsewhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with isolate_apps("tests.project.docs") as registry:

        class Odd(models.Model):
            set_in_init = with_classes(SetInInit)
            set_on_save = with_classes(SetOnSave)
            described = with_classes(descriptor=Descriptor)
            saver = Saver(storage=FileSystemStorage())
            hybrid = models.FileField(storage=ToCluster())
            many = ArrayField(models.FileField(storage=FileSystemStorage()))
            nested = ArrayField(ArrayField(models.ImageField()))
            numbers = ArrayField(models.IntegerField())
            shown = with_classes(Shown)
            on_disk = models.FileField(storage=OnDisk())

            class Meta:
                app_label = "docs"

    found = columns(registry, monkeypatch, None)
    assert set(found) == {
        "set_in_init", "set_on_save", "described", "saver", "hybrid", "many", "nested"
    }  # fmt: skip
    assert {column.location for column in found.values()} == {None}
    assert all("" in column.starts for column in found.values())
    assert not found["many"].is_plain
    assert found["saver"].is_plain


def test_rows_are_filtered_only_where_a_query_is_sure(monkeypatch: pytest.MonkeyPatch) -> None:
    class Odd(models.CharField):
        """Such as one that is encrypted."""

    with isolate_apps("tests.project.docs") as registry:

        class Account(models.Model):
            class Meta:
                app_label = "docs"

        class Shared(models.Model):
            text = models.CharField(max_length=9)
            number = models.BigIntegerField()
            uuid = models.UUIDField()
            odd = Odd(max_length=9)
            account = models.ForeignKey(Account, on_delete=models.CASCADE)
            by_text = TenantFileField(tenant="text")
            by_number = TenantFileField(tenant="number")
            by_uuid = TenantFileField(tenant="uuid")
            by_odd = TenantFileField(tenant="odd")
            by_account = TenantFileField(tenant="account_id")
            by_property = TenantFileField(tenant="key")

            class Meta:
                app_label = "docs"

            @property
            def key(self) -> str:
                return self.text

    def sure(tenant: str) -> set[str]:
        found = columns(registry, monkeypatch, tenant)
        return {name for name, column in found.items() if column.where(tenant)}

    assert sure("7") == {"by_text", "by_number", "by_account"}
    assert sure("07") == {"by_text", "by_number", "by_account"}  # and Python compares again
    assert sure("-7") == sure("seven") == {"by_text"}
    assert sure(UUID_KEY) == {"by_text", "by_uuid"}
    found = columns(registry, monkeypatch, "7")
    assert {name for name, column in found.items() if column.owner is None} == {"by_property"}
    assert found["by_property"].location is None

"""TenantFileField(tenant=...): in a table that all tenants share, each row names its own."""

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import models
from django.test.utils import isolate_apps

from tenant_minio import MinioStorage, TenantFileField, use_tenant
from tenant_minio.exceptions import InvalidBackendError, NoTenantError, TenantMismatchError
from tests.project.docs.models import SharedDocument

from .rows import assert_files_are_untouched, declare_files, each_copy, each_use


@pytest.fixture(autouse=True)
def _files(use_storages: Callable[..., None]) -> None:
    declare_files(use_storages)


def shared(account: Any, key: str | None = None) -> SharedDocument:
    def load() -> SharedDocument:
        return SharedDocument.from_db(
            "default", ("id", "account_id", "file"), (1, account, "docs/plan.pdf")
        )

    if key is None:
        return load()
    with use_tenant(key):
        return load()


@each_copy
def test_copy_of_a_shared_row_keeps_its_tenant(duplicate: Callable[[Any], Any]) -> None:
    document = shared("acme")
    assert document.file.name == "docs/plan.pdf"
    assert duplicate(document).file.read() == b"acme"


@pytest.mark.parametrize("loaded_under", [None, "acme"])
def test_shared_row_uses_the_tenant_it_names(loaded_under: str | None) -> None:
    document = shared("acme", loaded_under)
    assert document.file.read() == b"acme"
    with use_tenant("acme"):
        assert "/tenants/acme/" in document.file.url


@each_use
def test_shared_row_of_another_tenant_is_refused(use: Callable[[Any], object]) -> None:
    for document in (shared("acme"), shared("acme", "globex"), shared("globex", "acme")):
        with use_tenant("globex"), pytest.raises(TenantMismatchError):
            use(document.file)
    assert_files_are_untouched()


@pytest.mark.parametrize("account", [None, ""])
@pytest.mark.parametrize("current", [None, "acme"])
@each_use
def test_shared_row_that_names_no_tenant_is_refused(
    account: Any, current: str | None, use: Callable[[Any], object]
) -> None:
    document = shared(account, current)
    inside = use_tenant(current) if current else nullcontext()
    with inside, pytest.raises(NoTenantError, match="account_id"):
        use(document.file)
    assert_files_are_untouched()


def test_number_that_names_the_tenant_is_written_as_text() -> None:
    document = shared(0)
    document.file.save("n.pdf", ContentFile(b"n"), save=False)
    with use_tenant("0"):
        assert document.file.read() == b"n"


def test_shared_row_follows_its_column() -> None:
    document = shared("acme")
    document.account_id = "globex"
    assert document.file.storage.open(document.file.name).read() == b"globex"


@pytest.mark.parametrize("tenant", [None, "account_id"])
def test_migration_writes_the_field_down_without_its_storage(tenant: str | None) -> None:
    field = TenantFileField(upload_to="docs/", tenant=tenant)
    _name, path, arguments, keywords = field.deconstruct()
    assert path == "tenant_minio.TenantFileField"
    assert not arguments
    assert keywords == {"upload_to": "docs/"} | ({"tenant": tenant} if tenant else {})
    again = TenantFileField(*arguments, **keywords)
    assert again.deconstruct()[1:] == field.deconstruct()[1:]
    assert field.clone().tenant == tenant


@isolate_apps("tests.project.docs")
def test_field_on_a_storage_without_tenants_is_refused() -> None:
    class Elsewhere(models.Model):
        file = TenantFileField(storage=_plain_storage)

        class Meta:
            app_label = "docs"
            managed = False

    with (
        use_tenant("acme"),
        pytest.raises(InvalidBackendError, match="needs a tenant_minio"),
    ):
        Elsewhere(file="a").file.open()


def _plain_storage() -> Any:
    return MinioStorage()

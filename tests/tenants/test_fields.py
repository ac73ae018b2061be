"""TenantFileField: a row's file belongs to the tenant that the row was loaded under.

Rows are built in memory, as the database would give them.
"""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from tenant_minio import TenantFileField, use_tenant
from tenant_minio.exceptions import NoTenantError, TenantMismatchError
from tests.project.docs.models import OwnedDocument

from .rows import assert_files_are_untouched, declare_files, each_copy, each_use


@pytest.fixture(autouse=True)
def _files(use_storages: Callable[..., None]) -> None:
    declare_files(use_storages)


def owned(key: str | None = "acme") -> OwnedDocument:
    """A row as it is loaded under a tenant, or outside."""
    values = ("id", "file"), (1, "docs/plan.pdf")
    if key is None:
        return OwnedDocument.from_db("default", *values)
    with use_tenant(key):
        return OwnedDocument.from_db("default", *values)


def test_row_is_used_under_the_tenant_it_was_loaded_under() -> None:
    document = owned()
    with use_tenant("acme"):
        assert document.file.read() == b"acme"
        assert "/tenants/acme/docs/plan.pdf" in document.file.url


@each_use
def test_row_loaded_under_another_tenant_is_refused(use: Callable[[Any], object]) -> None:
    document = owned()
    with use_tenant("globex"), pytest.raises(TenantMismatchError, match=r"'acme'.*'globex'"):
        use(document.file)
    assert_files_are_untouched()


@each_use
def test_row_outside_any_tenant_is_refused(use: Callable[[Any], object]) -> None:
    document = owned()
    with pytest.raises(NoTenantError):
        use(document.file)
    assert_files_are_untouched()


def test_row_loaded_outside_counts_as_the_current_tenants() -> None:
    document = owned(None)
    for key in ("acme", "globex"):
        with use_tenant(key):
            assert document.file.storage.open(document.file.name).read() == key.encode()


@each_copy
@each_use
def test_copy_keeps_the_protection(
    duplicate: Callable[[Any], Any], use: Callable[[Any], object]
) -> None:
    document = owned()
    assert document.file.name == "docs/plan.pdf"
    with use_tenant("globex"):
        copied = duplicate(document)
        with pytest.raises(TenantMismatchError):
            use(copied.file)
    with use_tenant("acme"):
        assert copied.file.read() == b"acme"
    assert_files_are_untouched()


def test_assigning_another_name_does_not_change_the_tenant_of_the_row() -> None:
    document = owned()
    with use_tenant("globex"):
        document.file = "docs/plan.pdf"
        with pytest.raises(TenantMismatchError):
            document.file.open()


def test_new_row_belongs_to_the_tenant_it_was_made_in() -> None:
    with use_tenant("acme"):
        document = OwnedDocument()
        document.file.save("new.pdf", ContentFile(b"new"), save=False)
        assert document.file.name == "docs/new.pdf"
        assert default_storage.open("docs/new.pdf").read() == b"new"
    with use_tenant("globex"), pytest.raises(TenantMismatchError):
        document.file.open()


def test_file_object_of_another_row_stays_of_the_tenant_it_was_loaded_under() -> None:
    theirs = owned().file
    with use_tenant("globex"):
        document = OwnedDocument(file=theirs)
        with pytest.raises(TenantMismatchError, match=r"acme.*globex"):
            document.file.read()


def test_open_file_keeps_its_route() -> None:
    document = owned()
    with use_tenant("acme"):
        document.file.open()
    with use_tenant("globex"):
        assert document.file.read() == b"acme"


def test_deferred_file_remembers_the_tenant_it_is_fetched_under(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with use_tenant("acme"):
        document = OwnedDocument.from_db("default", ("id",), (1,))
    assert document.get_deferred_fields() == {"file"}

    def fetch(self: Any, **_kwargs: Any) -> None:
        self.file = "docs/plan.pdf"

    monkeypatch.setattr(OwnedDocument, "refresh_from_db", fetch)
    with use_tenant("acme"):
        assert document.file.read() == b"acme"
    with use_tenant("globex"), pytest.raises(TenantMismatchError):
        assert document.file.url


def test_a_refreshed_row_belongs_to_where_it_was_read_again() -> None:
    """As refresh_from_db does it: the value comes from another instance, loaded just now."""
    with use_tenant("acme"):
        row = OwnedDocument(id=1, file="docs/plan.pdf")
    with use_tenant("globex"):
        row.file = OwnedDocument(id=1, file="docs/plan.pdf").file
        assert "globex" in row.file.url
    with use_tenant("acme"), pytest.raises(TenantMismatchError):
        _ = row.file.url


def test_rows_with_a_deferred_file_are_watched_too() -> None:
    with use_tenant("acme"):
        row = OwnedDocument.from_db("default", ("id",), (1,))
    with use_tenant("globex"):
        row.file = "docs/plan.pdf"
        with pytest.raises(TenantMismatchError):
            _ = row.file.url


def test_a_file_without_a_tenant_does_not_clear_the_rows_own() -> None:
    stray = OwnedDocument(file="docs/plan.pdf").file
    row = owned()
    row.file = stray
    with use_tenant("globex"), pytest.raises(TenantMismatchError):
        _ = row.file.url


def test_another_name_takes_the_mark_of_another_row_away() -> None:
    theirs = owned().file
    with use_tenant("globex"):
        row = OwnedDocument(file=theirs)
        row.file = "docs/plan.pdf"
        assert row.file.read() == b"globex"


def test_children_and_proxies_of_a_model_are_watched() -> None:
    class Proxy(OwnedDocument):
        class Meta:
            proxy = True
            app_label = "docs"

    with use_tenant("acme"):
        row = Proxy(file="docs/plan.pdf")
    with use_tenant("globex"), pytest.raises(TenantMismatchError):
        _ = row.file.url


def test_a_source_that_fails_does_not_break_the_loading_of_rows(settings: Any) -> None:
    """What was loaded while two sources disagreed is no tenant's."""
    settings.TENANT_MINIO = {"CURRENT": lambda: "globex"}
    with use_tenant("acme"):
        row = OwnedDocument(file="docs/plan.pdf")
    for key in ("acme", "globex"):
        settings.TENANT_MINIO = {}
        with use_tenant(key), pytest.raises(TenantMismatchError):
            _ = row.file.url


def test_a_subclass_writes_its_own_path_into_migrations() -> None:
    class Own(TenantFileField):
        pass

    assert Own().deconstruct()[1].endswith("Own")
    assert TenantFileField().deconstruct()[1] == "tenant_minio.TenantFileField"

"""What must never empty a bucket: each of these once did somewhere, or could."""

from contextlib import contextmanager, nullcontext
from typing import Any

import pytest
from django.db import connection
from django_tenants.utils import schema_context

from tenant_minio.orphans import Rules, clean, select
from tests.project.customers.models import Customer, Invoice
from tests.project.docs.models import Document, SharedDocument
from tests.project.papers.models import DraftPaper, Paper, Report

from .conftest import ANY_SHARE, WITH_SCHEMAS, World, cleaned, one, scanned

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hours_later")]


def rows_of_both() -> None:
    """Each has one file that its rows know, under one name."""
    for key in ("acme", "globex"):
        with schema_context(key):
            Document.objects.create(file="docs/plan.pdf")


def test_rows_in_other_schemas_keep_their_files(world: World) -> None:
    rows_of_both()
    with schema_context("globex"):
        Document.objects.create(file="docs/globex.pdf")
    keys = ["tenants/acme/docs/plan.pdf", "tenants/globex/docs/globex.pdf"]
    world.put(*keys, "tenants/globex/docs/plan.pdf", "tenants/acme/docs/globex.pdf")
    # Wherever the command happens to stand.
    with schema_context("acme"):
        for need in select(all_tenants=True, storage="default"):
            report = clean(need, ANY_SHARE)
            assert report.status == "ok"
        assert connection.schema_name == "acme"
    assert world.held() == [
        "tenants/acme/docs/plan.pdf",
        "tenants/globex/docs/globex.pdf",
        "tenants/globex/docs/plan.pdf",
    ]


def test_rows_of_every_schema_keep_what_no_tenant_owns(world: World) -> None:
    Report.objects.create(file="public.pdf")
    for key in ("acme", "globex"):
        with schema_context(key):
            Report.objects.create(file=f"{key}.pdf")
    world.put_reports("public.pdf", "acme.pdf", "globex.pdf", "nobody.pdf")
    report = cleaned(None)
    assert report.deleted.names == ("nobody.pdf",)
    assert report.objects.count == 4
    assert scanned(None).orphans.count == 0


class TestThatTheRightRowsAreRead:
    def test_without_enter_nothing_is_searched(self, world: World, settings: Any) -> None:
        settings.TENANT_MINIO = {**WITH_SCHEMAS, "ENTER": None}
        world.put("tenants/acme/docs/plan.pdf")
        report = cleaned("acme")
        assert report.status == "failed"
        assert "tenant_minio.contrib.django_tenants.enter" in report.error
        assert cleaned(None).status == "failed"
        settings.TENANT_MINIO = {}
        assert cleaned("acme").status == "failed"
        assert world.held() == ["tenants/acme/docs/plan.pdf"]

    def test_an_enter_that_leads_elsewhere_is_noticed(self, world: World, settings: Any) -> None:
        world.put("tenants/acme/docs/plan.pdf")
        for wrong in (
            lambda _key: nullcontext(),
            lambda _key: schema_context("globex"),
            lambda key: schema_context("globex" if key else "public"),
        ):
            settings.TENANT_MINIO = {**WITH_SCHEMAS, "ENTER": wrong}
            report = cleaned("acme")
            assert report.status == "failed"
            assert "ENTER" in report.error
        assert world.held() == ["tenants/acme/docs/plan.pdf"]

    def test_a_missing_schema_is_not_read_as_the_public_one(self, world: World) -> None:
        tenant = Customer(schema_name="initech", slug="i")
        tenant.auto_create_schema = False
        tenant.save()
        Paper.objects.create(file="papers/public.pdf")
        world.put("tenants/initech/papers/public.pdf", "tenants/initech/papers/own.pdf")
        report = cleaned("initech")
        assert report.status == "failed"
        assert "'initech'" in report.error
        # Its rows could refer to what no tenant owns, too.
        assert cleaned(None).status == "failed"
        assert len(world.held()) == 2

    def test_a_missing_table_is_not_read_as_the_public_one(self, world: World) -> None:
        with schema_context("acme"), connection.cursor() as cursor:
            cursor.execute("DROP TABLE papers_draftpaper; DROP TABLE papers_paper")
        Paper.objects.create(file="papers/public.pdf")
        world.put("tenants/acme/papers/public.pdf", "tenants/acme/papers/own.pdf")
        report = cleaned("acme")
        assert report.status == "failed"
        assert "papers_paper" in report.error
        assert len(world.held()) == 2

    def test_a_missing_column_stops_the_tenant(self, world: World) -> None:
        with schema_context("acme"), connection.cursor() as cursor:
            cursor.execute("ALTER TABLE docs_document DROP COLUMN file")
        world.put("tenants/acme/docs/plan.pdf")
        report = cleaned("acme")
        assert report.status == "failed"
        assert "docs.Document.file" in report.error
        assert "ProgrammingError" in report.error
        assert world.held() == ["tenants/acme/docs/plan.pdf"]

    @pytest.mark.parametrize("wrong", [RuntimeError("the index is down"), b"x.pdf"])
    def test_a_callable_that_fails_stops_the_tenant(
        self, world: World, settings: Any, wrong: Any
    ) -> None:
        def elsewhere(_alias: str, _tenant: str | None) -> Any:
            yield "docs/plan.pdf"
            if isinstance(wrong, Exception):
                raise wrong
            yield wrong

        settings.TENANT_MINIO = {**WITH_SCHEMAS, "REFERENCES": [elsewhere]}
        world.put("tenants/acme/docs/plan.pdf", "tenants/acme/docs/other.pdf")
        report = cleaned("acme")
        assert report.status == "failed"
        assert "elsewhere" in report.error
        assert len(world.held()) == 2


def test_an_emptied_database_empties_no_bucket(world: World) -> None:
    world.put("tenants/acme/docs/a.pdf", "tenants/acme/docs/b.pdf")
    report = cleaned("acme")
    assert (report.status, report.orphans.count, report.deleted.count) == ("refused", 2, 0)
    assert "Nothing refers to any" in report.error
    assert len(world.held()) == 2
    assert cleaned("acme", Rules(allow_unreferenced=True)).deleted.count == 2
    assert world.held() == []


def test_a_database_of_another_environment_empties_no_bucket(world: World) -> None:
    names = [f"docs/{number}.pdf" for number in range(10)]
    world.put(*(f"tenants/acme/{name}" for name in names))
    with schema_context("acme"):
        for name in names[:7]:
            Document.objects.create(file=name)
    report = cleaned("acme", Rules())
    assert report.status == "refused"
    assert "3 of 10 objects, 30.0 %" in report.error
    assert report.orphans.names == tuple(names[7:])
    assert len(world.held()) == 10
    with schema_context("acme"):
        Document.objects.create(file=names[7])
    assert cleaned("acme", Rules()).deleted.count == 2  # 20 % is not above 20 %
    assert len(world.held()) == 8


def test_rows_that_managers_hide_keep_their_files(world: World) -> None:
    with schema_context("acme"):
        Paper.objects.create(file="papers/binned.pdf", annex="annexes/binned.pdf", deleted=True)
        DraftPaper.objects.create(notes="notes/binned.txt", deleted=True)
        assert not Paper._base_manager.exists()
    keys = ["annexes/binned.pdf", "notes/binned.txt", "papers/binned.pdf"]
    world.put(*(f"tenants/acme/{key}" for key in [*keys, "papers/orphan.pdf"]))
    assert cleaned("acme").deleted.names == ("papers/orphan.pdf",)
    assert world.held() == [f"tenants/acme/{key}" for key in keys]


def test_a_shared_table_keeps_the_files_of_those_it_names(world: World) -> None:
    Invoice.objects.create(account_id="acme", file="invoices/1.pdf")
    Invoice.objects.create(account_id="globex", file="invoices/2.pdf")
    Invoice.objects.create(account_id=None, file="invoices/3.pdf")
    with schema_context("acme"):
        SharedDocument.objects.create(account_id="acme", file="docs/1.pdf")
    keys = [f"tenants/{key}/invoices/{n}.pdf" for key in ("acme", "globex") for n in (1, 2, 3)]
    world.put(*keys, "tenants/acme/docs/1.pdf")
    assert cleaned("acme").deleted.names == ("invoices/2.pdf",)
    assert cleaned("globex").deleted.names == ("invoices/1.pdf",)


def test_what_no_selected_tenant_owns_is_not_touched(world: World) -> None:
    rows_of_both()
    theirs = [
        "backup.tar",
        "tenants/acme-2/docs/plan.pdf",
        "tenants/acme.bak/f",
        "tenants/acmeX/docs/plan.pdf",
        "tenants/globex/docs/orphan.pdf",
        "tenants/readme.txt",
    ]
    world.put(*theirs, "tenants/acme/docs/plan.pdf", "tenants/acme/docs/orphan.pdf")
    assert cleaned("acme").deleted.names == ("docs/orphan.pdf",)
    assert world.held() == sorted([*theirs, "tenants/acme/docs/plan.pdf"])


def test_keys_that_differ_by_case_or_escape_are_different_tenants(
    world: World, settings: Any
) -> None:
    @contextmanager
    def enter(_key: str | None) -> Any:
        yield

    files = {"Acme": "1.pdf", "acme": "2.pdf", "a_cme": "3.pdf"}
    settings.TENANT_MINIO = {"ENTER": enter, "TENANTS": lambda: list(files)}
    for key, file in files.items():
        Invoice.objects.create(account_id=key, file=f"invoices/{file}")
        prefix = one(key).route.prefix
        world.put(*(f"{prefix}invoices/{file}" for file in files.values()))
    for key, file in files.items():
        assert cleaned(key).deleted.count == 2
        assert f"{one(key).route.prefix}invoices/{file}" in world.held()
    assert len(world.held()) == 3

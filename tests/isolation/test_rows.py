"""Rows, transactions and schemas of django-tenants, judged by the servers' logs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models.signals import post_save
from django.test import Client
from django_tenants.utils import schema_context

from tenant_minio import use_tenant
from tenant_minio.exceptions import NoTenantError, TenantMismatchError
from tests.project.customers.models import Customer, Domain
from tests.project.docs.models import Document, OwnedDocument, SharedDocument

from .conftest import World
from .labels import acting

pytestmark = pytest.mark.django_db

TENANTS = ["acme", "globex"]
PACKAGE = "tenant_minio.contrib.django_tenants"


@pytest.fixture(autouse=True)
def _settings(settings: Any, schemas: list[str]) -> None:
    assert schemas == TENANTS
    settings.TENANT_MINIO = {
        "CURRENT": f"{PACKAGE}.current_schema",
        "EXISTS": f"{PACKAGE}.tenant_exists",
        "RESOLVERS": [f"{PACKAGE}.request_tenant"],
    }


@pytest.fixture
def rows(world: World) -> World:
    """In each schema a row of each kind, all with one name."""
    for tenant in TENANTS:
        world.put(tenant, "docs/plan.pdf", tenant.encode())
        with schema_context(tenant):
            for model in (Document, OwnedDocument):
                model.objects.create(file="docs/plan.pdf")
    return world


# Transactions


def _save_one() -> None:
    with acting("acme"):
        default_storage.save("committed.txt", ContentFile(b"acme"))


COMMITTED = {"acme": {"committed.txt": b"acme"}}


def test_callback_runs_in_the_schema_that_commits(
    world: World, django_capture_on_commit_callbacks: Any
) -> None:
    with schema_context("acme"), django_capture_on_commit_callbacks(execute=True):
        transaction.on_commit(_save_one)
    assert world.truth() == world.expected(COMMITTED)


def test_callback_that_names_no_tenant_fails_where_the_commit_has_none(
    world: World, django_capture_on_commit_callbacks: Any
) -> None:
    with (
        pytest.raises(NoTenantError),
        django_capture_on_commit_callbacks(execute=True),
        schema_context("acme"),
    ):
        transaction.on_commit(_save_one)
    world.expect_silence()


NAMED: dict[str, Callable[[], None]] = {
    "use_tenant": use_tenant("acme")(_save_one),
    "schema_context": schema_context("acme")(_save_one),
}


@pytest.mark.parametrize("named", NAMED, ids=str)
def test_callback_that_names_its_tenant_runs_in_it(
    world: World, django_capture_on_commit_callbacks: Any, named: str
) -> None:
    with django_capture_on_commit_callbacks(execute=True), schema_context("globex"):
        transaction.on_commit(NAMED[named])
    assert world.truth() == world.expected(COMMITTED)


def test_callback_of_one_tenant_is_refused_in_the_commit_of_another(
    world: World, django_capture_on_commit_callbacks: Any
) -> None:
    with (
        schema_context("globex"),
        pytest.raises(TenantMismatchError),
        django_capture_on_commit_callbacks(execute=True),
    ):
        transaction.on_commit(use_tenant("acme")(_save_one))
    world.expect_silence()


def test_callback_about_a_row_is_refused_in_the_commit_of_another_tenant(
    rows: World, django_capture_on_commit_callbacks: Any
) -> None:
    before = rows.truth()

    def commit() -> None:
        with django_capture_on_commit_callbacks(execute=True), schema_context("acme"):
            owned = OwnedDocument.objects.get()
            transaction.on_commit(lambda: owned.file.delete(save=False))

    with schema_context("globex"), acting("acme"), pytest.raises(TenantMismatchError):
        commit()
    assert rows.truth() == before
    rows.expect_silence()


# Signals


@pytest.fixture
def receivers() -> Iterator[Callable[[Any], None]]:
    connected: list[Any] = []

    def connect(receiver: Any) -> None:
        post_save.connect(receiver, sender=Document)
        connected.append(receiver)

    yield connect
    for receiver in connected:
        post_save.disconnect(receiver, sender=Document)


def test_receiver_writes_where_the_row_was_saved(
    world: World, receivers: Callable[[Any], None]
) -> None:
    """Also where it saves a row of another tenant on its way, and so is called within itself."""
    log: list[str] = []

    def copy(instance: Document, **_kwargs: object) -> None:
        with instance.file.open() as file:
            content = file.read()
        tenant = content.decode()
        if not log:
            log.append(tenant)
            with schema_context("globex"), acting("globex"):
                Document(file="docs/plan.pdf").save()
        default_storage.save("thumbs/plan.png", ContentFile(b"thumb of " + content))

    receivers(copy)
    for tenant in TENANTS:
        world.put(tenant, "docs/plan.pdf", tenant.encode())
    with schema_context("acme"), acting("acme"):
        Document(file="docs/plan.pdf").save()
    assert world.truth() == world.expected(
        {
            tenant: {
                "docs/plan.pdf": tenant.encode(),
                "thumbs/plan.png": b"thumb of " + tenant.encode(),
            }
            for tenant in TENANTS
        }
    )


def test_receiver_that_fails_leaves_no_tenant_behind(
    rows: World, receivers: Callable[[Any], None]
) -> None:
    def fail(instance: Document, **_kwargs: object) -> None:
        with use_tenant("acme"):
            raise ZeroDivisionError

    receivers(fail)
    with schema_context("acme"), pytest.raises(ZeroDivisionError):
        Document(file="docs/plan.pdf").save()
    with schema_context("globex"), acting("globex"):
        assert Document.objects.get().file.read() == b"globex"


# Querysets


def test_queryset_that_is_evaluated_in_another_schema_gives_that_ones_rows_and_files(
    rows: World,
) -> None:
    for model in (Document, OwnedDocument):
        with schema_context("acme"):
            lazy = model.objects.all()
        with schema_context("globex"), acting("globex"):
            assert [row.file.read() for row in lazy] == [b"globex"]


def test_cached_rows_of_another_schema_are_refused(rows: World) -> None:
    with schema_context("acme"):
        cached = OwnedDocument.objects.all()
        assert len(cached) == 1
    for row in (cached[0], next(iter(cached))):
        with schema_context("globex"), acting("globex"), pytest.raises(TenantMismatchError):
            row.file.read()
    rows.expect_silence()


def test_cached_row_with_a_plain_field_reads_the_current_tenants_file(rows: World) -> None:
    """As docs/storages.md says: it knows a name and no tenant. It never leaves the current one."""
    with schema_context("acme"):
        cached = list(Document.objects.all())
    with schema_context("globex"), acting("globex"):
        assert cached[0].file.read() == b"globex"
    with pytest.raises(NoTenantError):
        _ = cached[0].file.url


def test_shared_rows_in_one_queryset_each_use_their_own_tenant(world: World) -> None:
    for tenant in TENANTS:
        world.put(tenant, "docs/plan.pdf", tenant.encode())
    with schema_context("acme"):
        for tenant in TENANTS:
            SharedDocument.objects.create(account_id=tenant, file="docs/plan.pdf")
        lazy = list(SharedDocument.objects.order_by("account_id"))
    with acting("globex"), schema_context("acme"), pytest.raises(TenantMismatchError):
        lazy[1].file.read()
    with acting("acme"), schema_context("acme"):
        assert lazy[0].file.read() == b"acme"


def test_row_of_an_iterator_counts_as_loaded_where_it_is_fetched(rows: World) -> None:
    """As docs/storages.md says: ``iterator()`` is a generator, and makes rows where it is consumed.

    The row is acme's, and nobody can know; the file asked for never leaves the current tenant.
    """
    with schema_context("acme"):
        OwnedDocument.objects.create(file="docs/other.pdf")
        steps = OwnedDocument.objects.order_by("pk").iterator(chunk_size=1)
        first = next(steps)
    with schema_context("globex"), acting("globex"):
        with pytest.raises(TenantMismatchError):
            first.file.read()
        second = next(steps)
        assert second.file.name == "docs/other.pdf"
        with pytest.raises(FileNotFoundError):
            second.file.read()
    assert rows.judge.tenants() == {"globex"}


def test_iterator_that_is_consumed_inside_one_tenant_reads_its_files(rows: World) -> None:
    @schema_context("acme")
    def names() -> list[bytes]:
        with acting("acme"):
            return [row.file.read() for row in OwnedDocument.objects.iterator(chunk_size=1)]

    with schema_context("globex"):
        assert names() == [b"acme"]


# Requests


@pytest.fixture
def addresses() -> None:
    for tenant in TENANTS:
        owner = Customer.objects.get(schema_name=tenant)
        Domain.objects.create(domain=f"{tenant}.localhost", tenant=owner)


THEIRS = "django_tenants.middleware.main.TenantMainMiddleware"
OURS = "tenant_minio.middleware.TenantMiddleware"


@pytest.fixture
def schema_site(addresses: None, settings: Any) -> Any:
    settings.ROOT_URLCONF = settings.PUBLIC_SCHEMA_URLCONF = "tests.isolation.pages"
    settings.MIDDLEWARE = [THEIRS]
    return settings


@pytest.mark.usefixtures("schema_site")
def test_schema_context_inside_a_request_moves_rows_and_files_together(world: World) -> None:
    for tenant in TENANTS:
        world.put(tenant, "plan.pdf", tenant.encode())
    client = Client(headers={"host": "acme.localhost"})
    assert client.get("/other-schema").json() == {"theirs": "globex", "mine": "acme"}


def test_schema_context_inside_a_request_with_its_own_tenant_is_refused(
    world: World, schema_site: Any
) -> None:
    """TenantMiddleware says acme, the connection globex: no file is touched in either."""
    schema_site.MIDDLEWARE = [THEIRS, OURS]
    for tenant in TENANTS:
        world.put(tenant, "plan.pdf", tenant.encode())
    with pytest.raises(TenantMismatchError):
        Client(headers={"host": "acme.localhost"}).get("/other-schema")
    world.expect_silence()


@pytest.mark.usefixtures("schema_site")
def test_requests_of_two_schemas_in_one_thread_after_a_failure(world: World) -> None:
    for tenant in TENANTS:
        world.put(tenant, "plan.pdf", tenant.encode())
    for tenant in [*TENANTS, *TENANTS]:
        for failing in TENANTS:
            headers = {"host": f"{failing}.localhost"}
            with pytest.raises(RuntimeError, match="the view failed"):
                Client(headers=headers).get("/fail-in-schema")
        assert Client(headers={"host": f"{tenant}.localhost"}).get("/read").content == (
            tenant.encode()
        )

"""django-tenants on real PostgreSQL: the connection's schema is the tenant."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection, connections
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import schema_context, tenant_context

from tenant_minio import current_tenant, registry, use_tenant
from tenant_minio.contrib import django_tenants as contrib
from tenant_minio.exceptions import NoTenantError, TenantMismatchError, UnknownTenantError
from tests.project.customers.models import Customer, Domain
from tests.project.docs.models import Document, OwnedDocument

pytestmark = pytest.mark.django_db

SETTINGS = {
    "CURRENT": "tenant_minio.contrib.django_tenants.current_schema",
    "TENANTS": "tenant_minio.contrib.django_tenants.all_schemas",
    "EXISTS": "tenant_minio.contrib.django_tenants.tenant_exists",
}


@pytest.fixture(autouse=True)
def _settings(settings: Any, schemas: list[str]) -> None:
    settings.TENANT_MINIO = SETTINGS


def test_the_schema_is_read_live() -> None:
    assert current_tenant() is None
    with schema_context("acme"):
        assert current_tenant() == "acme"
        with schema_context("globex"):
            assert current_tenant() == "globex"
        assert current_tenant() == "acme"
    with tenant_context(Customer.objects.get(schema_name="globex")):
        assert current_tenant() == "globex"
    assert current_tenant() is None


def test_a_schema_and_a_context_that_differ_are_refused() -> None:
    with schema_context("acme"), use_tenant("globex"):
        with pytest.raises(TenantMismatchError, match=r"globex.*acme"):
            storages["default"].exists("f")
        assert storages["default"].for_tenant("globex").exists("f") is False


def test_models_keep_plain_file_fields() -> None:
    for key in ("acme", "globex"):
        with schema_context(key):
            document = Document()
            document.file.save("plan.pdf", ContentFile(key.encode()))
            assert document.file.name == "docs/plan.pdf"
    for key in ("acme", "globex"):
        with schema_context(key):
            assert Document.objects.get().file.read() == key.encode()


def test_a_row_used_under_another_schema_is_refused() -> None:
    with schema_context("acme"):
        document = OwnedDocument()
        document.file.save("plan.pdf", ContentFile(b"acme"))
        loaded = OwnedDocument.objects.get()
        assert loaded.file.read() == b"acme"
    with schema_context("globex"), pytest.raises(TenantMismatchError, match=r"acme.*globex"):
        _ = loaded.file.url


def test_the_public_schema_is_no_tenant() -> None:
    with pytest.raises(NoTenantError):
        storages["default"].save("f", ContentFile(b"1"))


def test_the_public_schema_is_a_tenant_where_a_route_names_it(
    use_storages: Callable[..., None],
) -> None:
    options = {"routes": {"public": {"backend": "eu", "bucket": "shared", "prefix": ""}}}
    use_storages(
        default={"BACKEND": "tenant_minio.RoutingStorage", "OPTIONS": options},
        eu={"BACKEND": "tenant_minio.MemoryStorage"},
    )
    assert current_tenant() == "public"
    storages["default"].save("f", ContentFile(b"1"))
    assert registry["eu"].head("shared", "f").size == 1
    assert list(contrib.all_schemas()) == ["acme", "globex", "public"]
    assert contrib.tenant_exists("public")


def test_another_thread_has_its_own_schema() -> None:
    seen: list[str | None] = []

    def work() -> None:
        try:
            seen.append(current_tenant())
            with schema_context("globex"):
                seen.append(current_tenant())
        finally:
            connections.close_all()

    with schema_context("acme"):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        assert current_tenant() == "acme"
    assert seen == [None, "globex"]


def test_all_tenants_are_listed_and_found() -> None:
    assert list(contrib.all_schemas()) == ["acme", "globex"]
    assert contrib.tenant_exists("acme")
    assert not contrib.tenant_exists("nobody")
    assert not contrib.tenant_exists("public")


def test_the_key_may_be_another_column(settings: Any) -> None:
    settings.TENANT_MINIO = {**SETTINGS, "TENANT_KEY_FIELD": "slug"}
    with tenant_context(Customer.objects.get(schema_name="acme")):
        assert current_tenant() == "acme-slug"
    with schema_context("globex"):
        assert current_tenant() == "globex-slug"
        assert connection.schema_name == "globex"
    assert list(contrib.all_schemas()) == ["acme-slug", "globex-slug"]
    assert contrib.tenant_exists("acme-slug")
    Customer.objects.filter(schema_name="acme").update(slug=None)
    with schema_context("acme"), pytest.raises(UnknownTenantError, match="slug"):
        current_tenant()


@override_settings(MIDDLEWARE=["django_tenants.middleware.main.TenantMainMiddleware"])
def test_requests_run_in_their_schema_and_leave_the_connection_public() -> None:
    for key in ("acme", "globex"):
        tenant = Customer.objects.get(schema_name=key)
        Domain.objects.create(domain=f"{key}.localhost", tenant=tenant)
    for key in ("acme", "globex"):
        client = Client(headers={"host": f"{key}.localhost"})
        answer = client.post("/save", data=key, content_type="text/plain")
        assert answer.content.startswith(b"docs/plan")
        assert connection.schema_name == "public"
        with schema_context(key):
            name = answer.content.decode()
            assert storages["default"].open(name).read() == key.encode()
        assert client.get("/who").content == key.encode()
        assert connection.schema_name == "public"
        assert b"".join(client.get("/stream").streaming_content) == f"{key},{key}".encode()
        assert connection.schema_name == "public"
    client = Client(headers={"host": "acme.localhost"}, raise_request_exception=False)
    assert client.get("/fail").status_code == 500
    assert connection.schema_name == "public"


@override_settings(MIDDLEWARE=["django_tenants.middleware.main.TenantMainMiddleware"])
def test_a_schema_chosen_around_a_request_is_restored() -> None:
    """As in django-tenants' own TenantTestCase, whose tests go on in the tenant's schema."""
    tenant = Customer.objects.get(schema_name="acme")
    Domain.objects.create(domain="acme.localhost", tenant=tenant)
    with schema_context("globex"):
        client = Client(headers={"host": "acme.localhost"})
        assert client.get("/who").content == b"acme"
        assert connection.schema_name == "globex"


def test_the_tenant_of_a_request_is_its_row(rf: Any) -> None:
    request = rf.get("/")
    assert contrib.request_tenant(request) is None
    request.tenant = Customer.objects.get(schema_name="acme")
    assert contrib.request_tenant(request) == "acme"


@pytest.fixture
def signals() -> Iterator[None]:
    """Requests begin and end here without Django's closing the test's connection."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.usefixtures("signals")
@pytest.mark.parametrize("request_of", [{"scope": {}}, {"environ": {}}])
def test_requests_that_share_a_thread_leave_no_tenant_behind(request_of: Any) -> None:
    """One request may begin while another's schema stands on the connection."""
    for key in ("acme", "globex"):
        request_started.send(sender=None, **request_of)
        connection.set_tenant(Customer.objects.get(schema_name=key))
    request_finished.send(sender=None)
    assert connection.schema_name == "public"
    request_finished.send(sender=None)
    assert connection.schema_name == "public"


@pytest.mark.usefixtures("signals")
def test_a_request_that_was_never_closed_leaves_no_tenant_to_the_next() -> None:
    request_started.send(sender=None, environ={})
    connection.set_tenant(Customer.objects.get(schema_name="acme"))
    request_started.send(sender=None, environ={})
    request_finished.send(sender=None)
    assert connection.schema_name == "public"


def test_rows_are_loaded_with_one_query_for_the_key(settings: Any) -> None:
    settings.TENANT_MINIO = {**SETTINGS, "TENANT_KEY_FIELD": "slug"}
    with schema_context("acme"):
        for _ in range(5):
            OwnedDocument.objects.create(file="docs/plan.pdf")
    with schema_context("acme"), CaptureQueriesContext(connection) as seen:
        assert len(list(OwnedDocument.objects.all())) == 5
    asked = [query["sql"] for query in seen if "customer" in query["sql"].lower()]
    assert len(asked) == 1


def test_enter_shows_the_rows_of_one_tenant_and_leaves_nothing_behind() -> None:
    with schema_context("acme"):
        with contrib.enter("globex"):
            assert connection.schema_name == "globex"
            assert current_tenant() == "globex"
            with contrib.enter(None):
                assert connection.schema_name == "public"
        assert connection.schema_name == "acme"
    with pytest.raises(UnknownTenantError, match="nobody"), contrib.enter("nobody"):
        pass
    assert connection.schema_name == "public"


def test_enter_knows_the_key_that_is_no_schema(settings: Any) -> None:
    settings.TENANT_MINIO = {**SETTINGS, "TENANT_KEY_FIELD": "slug"}
    with contrib.enter("acme-slug"):
        assert connection.schema_name == "acme"
        assert current_tenant() == "acme-slug"
    assert list(contrib.enter.everyone()) == ["acme-slug", "globex-slug"]
    Customer.objects.filter(schema_name="acme").update(slug=None)
    with pytest.raises(UnknownTenantError, match="acme"):
        list(contrib.enter.everyone())


def test_everyone_is_there_whom_managers_leave_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as tenants that are switched off: their rows still refer to files."""
    from django.db.models import Manager

    class Active(Manager[Customer]):
        def get_queryset(self) -> Any:
            return super().get_queryset().exclude(schema_name="acme")

    manager = Active()
    manager.model = Customer
    monkeypatch.setattr(Customer, "objects", manager)
    assert list(contrib.all_schemas()) == ["globex"]
    assert list(contrib.enter.everyone()) == ["acme", "globex"]
    with contrib.enter("acme"):
        assert connection.schema_name == "acme"

"""Whose rows are read, and in which databases."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections
from django_tenants.utils import schema_context

from tenant_minio import current_tenant, use_tenant
from tenant_minio.exceptions import InvalidBackendError, TenantMismatchError
from tenant_minio.orphans import views as views_module
from tenant_minio.orphans.views import asked_in, inside, views_of
from tests.conftest import MEMORY
from tests.project.docs.models import Document

from .conftest import WITH_SCHEMAS, World, cleaned, scanned

pytestmark = pytest.mark.django_db


@pytest.fixture
def one_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stands for a database without schemas, as other projects have."""
    monkeypatch.setattr(views_module, "connections", {"default": object()})


def test_without_schemas_there_is_one_view(one_schema: None, settings: Any) -> None:
    settings.TENANT_MINIO = {"TENANTS": lambda: ["a", "b"]}
    assert views_of("a", everyone=False) == views_of("a", everyone=True) == ["a"]
    assert views_of(None, everyone=True) == [None]
    with use_tenant("b"), inside("a"):
        assert current_tenant() == "a"
    with use_tenant("b"), inside(None):
        assert current_tenant() is None


def test_a_live_source_of_the_tenant_needs_a_way_in(one_schema: None, settings: Any) -> None:
    settings.TENANT_MINIO = {"CURRENT": lambda: None}
    with pytest.raises(InvalidBackendError, match="ENTER"):
        views_of(None, everyone=True)


def test_with_a_way_in_the_outside_counts_too(settings: Any) -> None:
    settings.TENANT_MINIO = {"ENTER": lambda _key: nullcontext(), "TENANTS": lambda: ["a", "b"]}
    assert views_of("b", everyone=False) == [None, "b"]
    assert views_of("b", everyone=True) == [None, "b", "a"]
    assert views_of("c", everyone=True) == [None, "c", "a", "b"]
    settings.TENANT_MINIO = {"ENTER": lambda _key: nullcontext()}
    assert views_of("b", everyone=False) == [None, "b"]
    with pytest.raises(InvalidBackendError, match="TENANTS"):
        views_of(None, everyone=True)


def test_references_are_asked_inside_each_tenant_also_where_all_rows_are_seen_at_once(
    one_schema: None, settings: Any, use_storages: Callable[..., None]
) -> None:
    settings.TENANT_MINIO = {"TENANTS": lambda: ["a", "b"]}
    assert asked_in(None, [None]) == [None, "a", "b"]
    assert asked_in("a", ["a"]) == ["a"]
    settings.TENANT_MINIO = {}
    with pytest.raises(InvalidBackendError, match="TENANTS"):
        asked_in(None, [None])
    use_storages(eu=MEMORY)
    assert asked_in(None, [None]) == [None]
    settings.TENANT_MINIO = {"ENTER": lambda _key: nullcontext()}
    assert asked_in(None, [None, "a"]) == [None, "a"]


def test_a_callable_that_goes_by_the_current_tenant_keeps_files_of_no_tenant(
    world: World, hours_later: None, settings: Any
) -> None:
    """The rows of such a database are all outside of tenants."""
    asked = []

    def exports(_alias: str, _tenant: str | None) -> list[str]:
        asked.append(current_tenant())
        return [f"exports/{current_tenant()}.zip"]

    settings.TENANT_MINIO = {
        "ENTER": None,
        "TENANTS": lambda: ["acme", "globex"],
        "REFERENCES": [exports],
    }
    world.put_reports("exports/acme.zip", "exports/globex.zip", "exports/initech.zip")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(views_module, "connections", {"default": object()})
        report = cleaned(None)
    assert report.deleted.names == ("exports/initech.zip",)
    assert asked == [None, "acme", "globex"] * 3


def test_an_outside_that_is_inside_is_noticed(settings: Any, schemas: list[str]) -> None:
    settings.TENANT_MINIO = {**WITH_SCHEMAS, "ENTER": lambda _key: schema_context("acme")}
    with pytest.raises(TenantMismatchError, match="no tenant"), inside(None):
        pass
    with inside("acme"):
        assert connection.schema_name == "acme"


@pytest.fixture
def old(tmp_path: Path, django_db_blocker: Any, monkeypatch: Any) -> Iterator[Any]:
    """A second database, which nothing is migrated to."""
    monkeypatch.setitem(
        connections.settings,
        "old",
        {
            **connections.settings["default"],
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(tmp_path / "old.sqlite"),
            "OPTIONS": {},
        },
    )
    with django_db_blocker.unblock():
        yield connections["old"]
        connections["old"].close()
    del connections["old"]


@contextmanager
def routed_by(settings: Any, **answers: Callable[..., Any]) -> Iterator[None]:
    """A database router beside that of django-tenants, which knows nothing of "old"."""
    router = type("Router", (), {name: staticmethod(f) for name, f in answers.items()})
    before = settings.DATABASE_ROUTERS
    settings.DATABASE_ROUTERS = [router(), *before]
    yield
    settings.DATABASE_ROUTERS = before


@pytest.mark.usefixtures("hours_later")
class TestManyDatabases:
    @pytest.fixture
    def cluster(self) -> dict[str, Any]:
        """The rows are what it is about: any cluster will do."""
        return MEMORY

    def make_table(self, old: Any) -> None:
        with old.cursor() as cursor:
            cursor.execute("CREATE TABLE docs_document (id INTEGER PRIMARY KEY, file TEXT)")
            cursor.execute("INSERT INTO docs_document (file) VALUES ('docs/in-old')")

    def test_rows_in_every_database_that_a_router_allows_count(
        self, world: World, old: Any, settings: Any
    ) -> None:
        self.make_table(old)
        with schema_context("acme"):
            Document.objects.create(file="docs/in-default")
        world.put("tenants/acme/docs/in-default", "tenants/acme/docs/in-old")

        def allow_migrate(db: str, _app: str, model_name: str = "", **_hints: Any) -> Any:
            return model_name == "document" if db == "old" else None

        with routed_by(settings, allow_migrate=allow_migrate):
            assert scanned("acme").orphans.count == 0
        assert scanned("acme").orphans.names == ("docs/in-old",)

    def test_a_database_that_nothing_is_migrated_to_counts_where_rows_are_read_from_it(
        self, world: World, old: Any, settings: Any
    ) -> None:
        self.make_table(old)
        world.put("tenants/acme/docs/in-old", "tenants/acme/docs/orphan")

        def db_for_read(model: Any, **_hints: Any) -> Any:
            return "old" if model is Document else None

        with routed_by(settings, db_for_read=db_for_read):
            assert cleaned("acme").deleted.names == ("docs/orphan",)

    @pytest.mark.parametrize("allowed", [True, False])
    def test_a_table_that_is_not_where_a_router_says_stops_the_tenant(
        self, world: World, old: Any, settings: Any, *, allowed: bool
    ) -> None:
        world.put("tenants/acme/docs/in-old")
        answers: dict[str, Callable[..., Any]] = {
            "allow_migrate": lambda db, _app, model_name="", **_hints: (
                (allowed and model_name == "document") if db == "old" else None
            ),
            "db_for_write": lambda model, **_hints: "old" if model is Document else None,
        }
        with routed_by(settings, **answers):
            report = cleaned("acme")
        assert report.status == "failed"
        assert "docs_document" in report.error
        assert len(world.held()) == 1

    def test_a_model_that_django_does_not_migrate_counts(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(Document._meta, "managed", False)
        with schema_context("acme"):
            Document.objects.create(file="docs/known")
        world.put("tenants/acme/docs/known", "tenants/acme/docs/orphan")
        assert cleaned("acme").deleted.names == ("docs/orphan",)

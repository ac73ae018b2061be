"""What is an orphan, and what is none."""

import unicodedata
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from django.test.utils import isolate_apps
from django_tenants.utils import schema_context

from tenant_minio import current_tenant, registry
from tenant_minio.orphans import Rules, clean, select
from tenant_minio.orphans import fields as fields_module
from tests.conftest import MEMORY
from tests.project.docs.models import Document, OwnedDocument, SharedDocument
from tests.project.papers.models import Paper

from .conftest import ANY_SHARE, WITH_SCHEMAS, World, cleaned, one, scanned

pytestmark = pytest.mark.django_db
MISSING = Rules(max_orphans=100, check_missing=True)
later = pytest.mark.usefixtures("hours_later")


@later
def test_both_fields_of_a_row_and_every_kind_of_field_count(world: World) -> None:
    with schema_context("acme"):
        Paper.objects.create(file="papers/1", annex="annexes/1")
        Paper.objects.create(annex=None)
        OwnedDocument.objects.create(file="docs/owned")
        SharedDocument.objects.create(account_id="acme", file="docs/shared")
        SharedDocument.objects.create(account_id="globex", file="docs/theirs")
    names = ["annexes/1", "docs/owned", "docs/shared", "docs/theirs", "papers/1", "papers/2"]
    world.put(*(f"tenants/acme/{name}" for name in names), data=b"12345")
    report = scanned("acme")
    assert (report.objects.count, report.objects.size) == (6, 30)
    assert (report.referenced.count, report.referenced.size) == (4, 20)
    assert (report.orphans.count, report.orphans.size) == (2, 10)
    assert report.orphans.names == ("docs/theirs", "papers/2")
    assert report.good
    assert len(world.held()) == 6  # a scan deletes nothing


def test_what_is_young_is_no_orphan(world: World) -> None:
    with schema_context("acme"):
        Document.objects.create(file="docs/known")
    world.put("tenants/acme/docs/known", "tenants/acme/docs/under-way")
    report = cleaned("acme")
    assert (report.orphans.count, report.too_young.count, report.referenced.count) == (0, 1, 1)
    assert len(world.held()) == 2


@later
def test_the_grace_is_counted_on_the_clock_of_the_cluster(world: World) -> None:
    """Whose answers say that a day has passed; this machine's clock does not."""
    with schema_context("acme"):
        Document.objects.create(file="docs/known")
    world.put("tenants/acme/docs/known", "tenants/acme/docs/orphan")
    assert cleaned("acme", Rules(max_orphans=100, grace=2 * 86400)).too_young.count == 1
    assert cleaned("acme", Rules(max_orphans=100, grace=86400 // 2)).deleted.count == 1


@later
def test_objects_are_listed_before_the_references(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tenant_minio.orphans.references import References

    read = References.read

    def save_first(self: Any, *args: Any, **kwargs: Any) -> None:
        """Files are saved between the two, and are in no listing."""
        world.put("tenants/acme/docs/just-saved")
        read(self, *args, **kwargs)

    with schema_context("acme"):
        Document.objects.create(file="docs/known")
        Document.objects.create(file="docs/just-saved")
    world.put("tenants/acme/docs/known")
    monkeypatch.setattr(References, "read", save_first)
    report = cleaned("acme", MISSING)
    assert (report.objects.count, report.orphans.count, report.missing.count) == (1, 0, 0)
    assert "tenants/acme/docs/just-saved" in world.held()


@later
@pytest.mark.parametrize(
    "name",
    [
        "./docs/a b.pdf",
        "/docs/a b.pdf",
        "docs//a b.pdf",
        "docs\\a b.pdf",
        "docs/x/../a b.pdf",
        "docs/a%20b.pdf",
        "Docs/A B.PDF",
    ],
)
def test_a_name_that_no_storage_takes_keeps_what_it_may_mean(world: World, name: str) -> None:
    with schema_context("acme"):
        Document.objects.create(file=name)
    world.put("tenants/acme/docs/a b.pdf", "tenants/acme/docs/b.pdf")
    report = cleaned("acme", MISSING)
    assert report.deleted.names == ("docs/b.pdf",)
    # The last two are names that a storage takes, of other objects.
    assert (report.unsafe.names or report.missing.names) == (name,)


@later
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_an_accent_is_composed_or_not(world: World, form: Any) -> None:
    with schema_context("acme"):
        Document.objects.create(file=unicodedata.normalize(form, "docs/é.pdf"))
    world.put("tenants/acme/docs/e.pdf")
    world.put(*(f"tenants/acme/docs/{unicodedata.normalize(f, 'é')}.pdf" for f in ("NFC", "NFD")))
    assert cleaned("acme").deleted.names == ("docs/e.pdf",)


@later
def test_keys_of_other_tools_are_reported_and_left(world: World) -> None:
    foreign = ["docs/"]
    if not hasattr(registry["eu"], "options"):
        # MinIO and VersityGW refuse or rewrite these; other servers, and the memory, take them.
        foreign += ["", "docs/../x", "docs//x", "a\nb", "\ufffd", "a\\b"]
    with schema_context("acme"):
        Document.objects.create(file="docs/known")
    world.put("tenants/acme/docs/known", "tenants/acme/docs/orphan")
    world.put(*(f"tenants/acme/{name}" for name in foreign), data=b"")
    report = cleaned("acme")
    assert sorted(report.foreign.names) == sorted(foreign)
    assert report.deleted.names == ("docs/orphan",)
    assert (report.objects.count, len(world.held())) == (2, 1 + len(foreign))


@later
def test_references_elsewhere_count(world: World, settings: Any) -> None:
    asked = []

    def history(alias: str, tenant: str | None) -> list[str | None]:
        asked.append((alias, tenant, current_tenant(), connection.schema_name))
        return [None, "", "docs/old.pdf", "cache/", "thumbs/x/"]

    settings.TENANT_MINIO = {**WITH_SCHEMAS, "REFERENCES": [history]}
    kept = ["cache/1.jpg", "cache/sub/2.jpg", "docs/old.pdf", "thumbs/x/1.jpg"]
    gone = ["cache-not/1.jpg", "thumbs/xy.jpg", "thumbs/y.jpg"]
    world.put(*(f"tenants/acme/{name}" for name in [*kept, *gone]))
    report = cleaned("acme", MISSING)
    assert report.deleted.count == len(gone)
    assert world.held() == [f"tenants/acme/{name}" for name in kept]
    # For all objects, for a round of batches, and right before the batch is deleted.
    assert asked == [("default", "acme", "acme", "acme")] * 3
    assert report.missing.count == 0

    asked.clear()
    scanned(None)
    assert asked == [
        ("reports", None, None, "public"),
        ("reports", None, "acme", "acme"),
        ("reports", None, "globex", "globex"),
    ]


@later
def test_a_pattern_of_everything_keeps_everything(world: World, settings: Any) -> None:
    settings.TENANT_MINIO = {**WITH_SCHEMAS, "REFERENCES": [lambda _alias, _tenant: ["/"]]}
    world.put("tenants/acme/a", "tenants/acme/b/c")
    assert cleaned("acme").referenced.count == 2


@later
def test_references_without_an_object_are_told_and_left(world: World) -> None:
    with schema_context("acme"):
        Document.objects.create(file="docs/there")
        Document.objects.create(file="docs/gone")
        SharedDocument.objects.create(account_id="acme", file="docs/gone-too")
        SharedDocument.objects.create(account_id="globex", file="docs/not-ours")
        # Its table is in the public schema too, so that its rows could be another's.
        Paper.objects.create(file="papers/uncertain")
    world.put("tenants/acme/docs/there")
    report = scanned("acme", MISSING)
    assert report.missing.names == ("docs/gone", "docs/gone-too")
    assert (report.missing.count, report.good, report.status) == (2, False, "ok")
    assert scanned("acme").missing.count == 0
    with schema_context("acme"):
        assert Document.objects.count() == 2


@later
def test_a_location_inside_another_is_searched_by_itself_only(
    world: World, use_storages: Callable[..., None]
) -> None:
    entries = django_settings.STORAGES
    route = {"backend": "eu", "bucket": world.bucket, "prefix": "tenants/{tenant}/private/"}
    inner = {"BACKEND": "tenant_minio.RoutingStorage", "OPTIONS": route}
    use_storages(**{**entries, "inner": inner})
    with schema_context("acme"):
        Document.objects.create(file="docs/known")
    kept = ["tenants/acme/docs/known", "tenants/acme/private/unknown"]
    world.put(*kept, "tenants/acme/orphan")
    assert cleaned("acme").deleted.names == ("orphan",)
    assert world.held() == kept
    assert clean(one("acme", "inner"), ANY_SHARE).status == "refused"
    # A row of the outer one may refer to it all the same.
    with schema_context("acme"):
        Document.objects.create(file="private/unknown")
    report = clean(one("acme", "inner"), ANY_SHARE)
    assert (report.referenced.count, report.orphans.count) == (1, 0)


@later
def test_static_files_are_no_orphans(world: World, use_storages: Callable[..., None]) -> None:
    entries = django_settings.STORAGES
    static = entries["reports"]
    use_storages(**{**entries, "staticfiles": static})
    assert [need.alias for need in select()] == ["reports"]
    world.put_reports("css/site.css")
    report = scanned(None)
    assert report.status == "failed"
    assert "static files" in report.error
    use_storages(
        **{
            **entries,
            "staticfiles": {**static, "OPTIONS": {**static["OPTIONS"], "prefix": "css/"}},
        }
    )
    report = cleaned(None, Rules(allow_unreferenced=True))
    assert (report.status, report.objects.count) == ("ok", 0)


@later
def test_fields_of_other_storages_keep_what_they_may_mean(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrapper, or another package's storage, may look into the same bucket."""
    from django.core.files.storage import FileSystemStorage, Storage

    class Wrapper(Storage):
        location = "tenants"

    field = Document._meta.get_field("file")
    with schema_context("acme"):
        Document.objects.create(file="docs/1")
        Document.objects.create(file="acme/docs/2")
        Document.objects.create(file="tenants/acme/docs/3")
    names = [f"tenants/acme/docs/{number}" for number in range(1, 5)]
    world.put(*names)
    monkeypatch.setattr(field, "storage", Wrapper())
    assert cleaned("acme").deleted.names == ("docs/4",)
    monkeypatch.setattr(field, "storage", FileSystemStorage())
    report = cleaned("acme")
    assert (report.status, report.orphans.count) == ("refused", 3)


class TestColumnsThatHoldOtherThanAName:
    """In rows as such fields read them; the database is the same for each kind of cluster."""

    @pytest.fixture
    def cluster(self) -> dict[str, Any]:
        return MEMORY

    @later
    @pytest.mark.parametrize("value", [["docs/1"], [], {"docs/1": ""}, b"docs/1", 1])
    def test_a_value_that_is_no_text_stops_the_location(
        self, world: World, monkeypatch: pytest.MonkeyPatch, value: Any
    ) -> None:
        field = Document._meta.get_field("file")
        with schema_context("acme"):
            Document.objects.create(file="docs/0")
        world.put("tenants/acme/docs/0", "tenants/acme/docs/1")
        monkeypatch.setattr(type(field), "from_db_value", lambda *_args: value, raising=False)
        report = cleaned("acme")
        assert report.status == "failed"
        assert "docs.Document.file could not be read inside the tenant 'acme'" in report.error
        assert len(world.held()) == 2

    @later
    def test_every_name_in_an_array_counts(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        world.put(*(f"tenants/acme/docs/{number}" for number in range(5)))
        with isolate_apps("tests.project.docs") as apps:

            class Album(models.Model):
                pages = ArrayField(ArrayField(models.FileField(), null=True))

                class Meta:
                    app_label = "docs"

        with schema_context("acme"), connection.schema_editor() as editor:
            editor.create_model(Album)
        with schema_context("acme"):
            Album.objects.create(pages=[["docs/1", "docs/2"], ["./docs/3", None]])
        monkeypatch.setattr(fields_module, "apps", apps)
        assert cleaned("acme").deleted.names == ("docs/0", "docs/4")
        with schema_context("acme"), connection.schema_editor() as editor:
            editor.delete_model(Album)


@later
def test_a_storage_bound_to_a_tenant_is_read_in_every_schema(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tenant_minio.storage import from_alias

    monkeypatch.setattr(
        Document._meta.get_field("file"), "storage", from_alias("default", tenant="acme")
    )
    with schema_context("globex"):
        Document.objects.create(file="docs/from-globex")
    world.put("tenants/acme/docs/from-globex", "tenants/acme/docs/orphan")
    world.put("tenants/globex/docs/from-globex")
    assert cleaned("acme").deleted.names == ("docs/orphan",)
    assert scanned("globex").status == "refused"


@later
def test_an_object_beside_many_is_found_over_many_pages(world: World) -> None:
    with schema_context("acme"):
        Document.objects.bulk_create(Document(file=f"docs/{n:04}") for n in range(1500))
    world.put(*(f"tenants/acme/docs/{n:04}" for n in range(0, 2600, 2)))
    report = cleaned("acme", MISSING)
    assert report.error == ""
    assert (report.objects.count, report.referenced.count) == (1300, 750)
    assert report.deleted.count == report.orphans.count == 550
    assert len(report.deleted.names) == 100
    assert report.missing.count == 750
    assert len(world.held()) == 750


@later
def test_what_is_staged_is_no_orphan_and_nothing_foreign(world: World) -> None:
    world.put("tenants/acme/.tm-staging/0123.form", "tenants/acme/papers/1")
    report = scanned("acme")
    assert (report.objects.count, report.orphans.names) == (1, ("papers/1",))
    assert report.foreign.names == ()
    cleaned("acme", rules=ANY_SHARE)
    assert "tenants/acme/.tm-staging/0123.form" in world.held()

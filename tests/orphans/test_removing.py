"""What happens between the search and the deletion, and what stops it half way."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django_tenants.utils import schema_context

from tenant_minio import registry
from tenant_minio.backends.base import Backend, ObjectInfo
from tenant_minio.exceptions import BackendUnavailableError, PermissionDeniedError
from tenant_minio.orphans import Report, Watcher, clean
from tenant_minio.orphans import removing as removing_module
from tenant_minio.orphans.ledger import Ledger
from tests.project.docs.models import Document

from .conftest import ANY_SHARE, WITH_SCHEMAS, World, cleaned, one

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hours_later")]

NAMES = [f"docs/{number}" for number in range(6)]


@pytest.fixture
def orphans(world: World) -> World:
    """Six objects, the last of which is referred to."""
    world.put(*(f"tenants/acme/{name}" for name in NAMES))
    with schema_context("acme"):
        Document.objects.create(file=NAMES[-1])
    return world


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], None]:
    """Have something happen after the search, before the first batch."""

    def add(event: Callable[[], None]) -> None:
        batches = Ledger.batches_of_orphans

        def late(self: Ledger, *args: Any) -> Any:
            event()
            return batches(self, *args)

        monkeypatch.setattr(Ledger, "batches_of_orphans", late)

    return add


def left(report: Report, world: World) -> list[str]:
    """The names that are there, after a look at whether the report says the same."""
    names = [key.removeprefix("tenants/acme/") for key in world.held()]
    assert len(names) == 6 - report.deleted.count
    return names


def test_a_name_that_a_row_takes_meanwhile_is_spared(
    orphans: World, meanwhile: Callable[..., None]
) -> None:
    def restore() -> None:
        with schema_context("acme"):
            Document.objects.create(file=NAMES[0])

    meanwhile(restore)
    report = cleaned("acme")
    assert left(report, orphans) == [NAMES[0], NAMES[5]]
    assert report.spared.names == (NAMES[0],)
    assert report.good


def test_a_name_that_is_referred_to_elsewhere_meanwhile_is_spared(
    orphans: World, meanwhile: Callable[..., None], settings: Any
) -> None:
    kept: list[str] = []
    settings.TENANT_MINIO = {**WITH_SCHEMAS, "REFERENCES": [lambda _alias, _tenant: kept]}
    meanwhile(lambda: kept.append("./" + NAMES[1]))
    assert left(cleaned("acme"), orphans) == [NAMES[1], NAMES[5]]
    kept.clear()
    meanwhile(lambda: kept.append("docs/"))
    with schema_context("acme"):
        Document.objects.all().delete()
        Document.objects.create(file="docs/other")
    assert clean(one("acme"), replace(ANY_SHARE, allow_unreferenced=True)).deleted.count == 0


@pytest.mark.parametrize("spelled", ["./docs/{}", "docs%2F{}", "DOCS/{}"])
def test_a_name_that_a_row_takes_in_another_spelling_is_spared(
    orphans: World, meanwhile: Callable[..., None], spelled: str
) -> None:
    def restore() -> None:
        with schema_context("acme"):
            Document.objects.create(file=spelled.format(0))

    meanwhile(restore)
    assert left(cleaned("acme"), orphans) == [NAMES[0], NAMES[5]]


def test_a_name_that_a_row_takes_while_objects_are_looked_at_is_spared(
    orphans: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows are read last, right before the deletion."""
    look, seen = removing_module._unchanged, []

    def restore(rows: Any, *args: Any) -> Any:
        found = look(rows, *args)
        seen.append(len(found))
        with schema_context("acme"):
            Document.objects.create(file=NAMES[1])
        return found

    monkeypatch.setattr(removing_module, "_unchanged", restore)
    report = cleaned("acme")
    assert seen == [5]
    assert left(report, orphans) == [NAMES[1], NAMES[5]]
    assert report.spared.names == (NAMES[1],)


def test_every_spelling_is_read_again_for_each_round(
    orphans: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    delete = removing_module._delete

    def restore(*args: Any) -> None:
        delete(*args)
        with schema_context("acme"):
            Document.objects.get_or_create(file="./" + NAMES[4])

    monkeypatch.setattr(removing_module, "BATCH", 2)
    monkeypatch.setattr(removing_module, "_BATCHES_A_ROUND", 1)
    monkeypatch.setattr(removing_module, "_delete", restore)
    assert left(cleaned("acme"), orphans) == NAMES[4:]


def test_an_object_that_is_replaced_meanwhile_is_spared(
    orphans: World, meanwhile: Callable[..., None]
) -> None:
    meanwhile(lambda: orphans.put(f"tenants/acme/{NAMES[2]}", data=b"another"))
    report = cleaned("acme")
    assert left(report, orphans) == [NAMES[2], NAMES[5]]
    assert report.spared.names == (NAMES[2],)


def test_an_object_that_is_gone_meanwhile_is_no_fault(
    orphans: World, meanwhile: Callable[..., None]
) -> None:
    meanwhile(lambda: registry["eu"].delete(orphans.bucket, f"tenants/acme/{NAMES[3]}"))
    report = cleaned("acme")
    assert (report.good, report.deleted.count, report.spared.names) == (True, 4, (NAMES[3],))


def test_references_that_can_no_longer_be_read_end_it(
    orphans: World, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def elsewhere(_alias: str, _tenant: str | None) -> list[str]:
        calls.append(1)
        if len(calls) == 4:  # the search, the round, and the second of its batches
            raise RuntimeError("the index is down")
        return []

    monkeypatch.setattr(removing_module, "BATCH", 2)
    settings.TENANT_MINIO = {**WITH_SCHEMAS, "REFERENCES": [elsewhere]}
    report = cleaned("acme")
    assert (report.status, report.deleted.count, report.orphans.count) == ("failed", 2, 5)
    assert left(report, orphans) == NAMES[2:]
    assert cleaned("acme").deleted.count == 3  # run again, it goes on


def test_an_interruption_leaves_what_was_not_deleted(
    orphans: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Impatient(Watcher):
        done: tuple[str, ...] = ()

        def deleted(self, names: tuple[str, ...]) -> None:
            self.done += names
            raise KeyboardInterrupt

    monkeypatch.setattr(removing_module, "BATCH", 2)
    watcher = Impatient()
    with pytest.raises(KeyboardInterrupt):
        clean(one("acme"), ANY_SHARE, watcher)
    assert watcher.done == ("docs/0", "docs/1")
    assert [key.removeprefix("tenants/acme/") for key in orphans.held()] == NAMES[2:]
    assert cleaned("acme").deleted.count == 3


def test_what_the_cluster_refuses_is_told_and_the_rest_goes_on(
    orphans: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stands for an object under a legal hold, and one that this key may not see."""
    kind = type(registry["eu"])
    delete_many, head = kind.delete_many, kind.head

    def refuse_one(self: Backend, bucket: str, objects: Any) -> dict[str, str]:
        held, *others = objects
        return {**delete_many(self, bucket, others), held.key: "AccessDenied: it is locked."}

    def refuse_another(self: Backend, bucket: str, key: str, **options: Any) -> ObjectInfo:
        if key.endswith(NAMES[4]):
            raise PermissionDeniedError("no")
        return head(self, bucket, key, **options)

    monkeypatch.setattr(kind, "delete_many", refuse_one)
    monkeypatch.setattr(kind, "head", refuse_another)
    report = cleaned("acme")
    assert report.undeleted.names == (NAMES[4], NAMES[0])
    assert report.reasons[1] == "AccessDenied: it is locked."
    assert left(report, orphans) == [NAMES[0], NAMES[4], NAMES[5]]
    assert not report.good


def test_an_outage_is_a_failure_that_says_what_was_done(
    orphans: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = type(registry["eu"])
    head = kind.head

    def end(self: Backend, bucket: str, key: str, **options: Any) -> ObjectInfo:
        if key.endswith(NAMES[2]):
            raise BackendUnavailableError("gone")
        return head(self, bucket, key, **options)

    monkeypatch.setattr(removing_module, "BATCH", 2)
    monkeypatch.setattr(kind, "head", end)
    report = cleaned("acme")
    assert (report.status, report.deleted.names) == ("failed", ("docs/0", "docs/1"))
    assert "gone" in report.error
    assert left(report, orphans) == NAMES[2:]

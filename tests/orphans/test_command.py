"""clean_orphaned_minio_files: options, output and exit codes."""

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django_tenants.utils import schema_context

from tenant_minio import Route, registry
from tenant_minio.management.commands.clean_orphaned_minio_files import Command
from tenant_minio.orphans.ledger import Ledger
from tests.project.docs.models import Document
from tests.project.papers.models import Report

from .conftest import WITH_SCHEMAS, World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hours_later")]
NAME = "clean_orphaned_minio_files"


def run(*args: str, silenced: bool = False) -> str:
    out = io.StringIO()
    more = ["--silenced"] if silenced else []
    call_command(NAME, *args, *more, stdout=out, stderr=io.StringIO())
    return out.getvalue()


def outcomes(*args: str) -> Any:
    return json.loads(run(*args, "--json", silenced=True))


@pytest.fixture
def files(world: World) -> World:
    """Six objects of each tenant, and of the plain storage; one of each is an orphan."""
    names = [f"docs/{number}" for number in range(6)]
    for key in ("acme", "globex"):
        world.put(*(f"tenants/{key}/{name}" for name in names))
        with schema_context(key):
            Document.objects.bulk_create(Document(file=name) for name in names[1:])
    world.put_reports(*names)
    Report.objects.bulk_create(Report(file=name) for name in names[1:])
    return world


def test_nothing_is_deleted_without_being_asked(files: World) -> None:
    found = outcomes("--all-tenants")
    assert [(o["storage"], o["tenant"]) for o in found] == [
        ("reports", None),
        ("default", "acme"),
        ("default", "globex"),
    ]
    assert {o["orphans"]["count"] for o in found} == {1}
    assert found[1]["orphans"] == {"count": 1, "bytes": 1, "names": ["docs/0"]}
    assert found[1]["bucket"] == files.bucket
    assert found[1]["prefix"] == "tenants/acme/"
    assert found[1]["objects"] == {"count": 6, "bytes": 6}
    assert found[1]["referenced"] == {"count": 5, "bytes": 5}
    assert len(files.held()) == 12


def test_only_those_who_are_named_are_cleaned(files: World) -> None:
    assert "deleted  'docs/0'" in run("--tenant", "acme", "--delete")
    assert "tenants/acme/docs/0" not in files.held()
    assert "tenants/globex/docs/0" in files.held()
    run("--delete")  # the storages of no tenant
    assert len(list(registry["reports"].list(files.reports, "docs/"))) == 5
    assert len(files.held()) == 11
    run("--tenant", "globex", "--tenant", "acme", "--delete", "--json")
    assert len(files.held()) == 10
    assert "deleted" not in run("--all-tenants", "--delete")


def test_one_backend_or_one_storage_only(files: World) -> None:
    assert [o["storage"] for o in outcomes("--all-tenants", "--backend", "reports")] == ["reports"]
    assert {o["tenant"] for o in outcomes("--all-tenants", "--storage", "default")} == {
        "acme",
        "globex",
    }


@pytest.mark.parametrize(
    ("args", "match"),
    [
        (["--tenant", "nobody"], "'nobody'"),
        (["--tenant", "acme", "--all-tenants"], "not both"),
        (["--backend", "uu"], "'uu'"),
        (["--storage", "uu"], "'uu'"),
        (["--storage", "staticfiles"], "staticfiles"),
        (["--grace", "-1"], "grace"),
        (["--max-orphans", "101"], "max_orphans"),
    ],
)
def test_what_cannot_be_done_is_refused_first(files: World, args: list[str], match: str) -> None:
    with pytest.raises(CommandError, match=match):
        run(*args, "--delete")
    assert len(files.held()) == 12


def test_a_limit_that_is_passed_fails_that_location_only(files: World) -> None:
    with schema_context("acme"):
        Document.objects.filter(file__in=["docs/1", "docs/2"]).delete()
    with pytest.raises(CommandError, match="1 of 3 failed"):
        run("--all-tenants", "--delete")
    assert len(files.held()) == 11
    out = run("--tenant", "acme", "--delete", silenced=True)
    assert "refused" in out
    assert "--max-orphans" in out
    assert len(files.held()) == 11
    run("--tenant", "acme", "--delete", "--max-orphans", "50")
    assert len(files.held()) == 8


def test_missing_objects_are_a_failure(files: World) -> None:
    with schema_context("acme"):
        Document.objects.create(file="docs/gone")
    assert "docs/gone" not in run("--tenant", "acme")
    with pytest.raises(CommandError, match="1 of 1 failed"):
        run("--tenant", "acme", "--check-missing")
    assert outcomes("--tenant", "acme", "--check-missing")[0]["missing"] == {
        "count": 1,
        "names": ["docs/gone"],
    }


def test_a_name_cannot_write_to_the_terminal(files: World) -> None:
    evil = "docs/\u202egpj.exe" if hasattr(registry["eu"], "options") else "docs/\x1b[2J"
    files.put(f"tenants/acme/{evil}")
    out = run("--tenant", "acme", silenced=True)
    assert repr(evil) in out
    assert evil not in out


def test_as_many_names_are_told_as_asked_for(files: World) -> None:
    files.put(*(f"tenants/acme/x{number}" for number in range(5)))
    out = run("--tenant", "acme", "--names", "2", silenced=True)
    assert "... 4 more" in out
    (found,) = outcomes("--tenant", "acme", "--names", "2")
    assert (found["orphans"]["count"], len(found["orphans"]["names"])) == (6, 2)


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_sees_the_progress(files: World) -> None:
    seen = _Terminal()
    call_command(NAME, "--all-tenants", stdout=io.StringIO(), stderr=seen)
    assert "3/3 globex (default): 6 objects" in seen.getvalue()
    assert seen.getvalue().endswith("\r\033[K")


@pytest.mark.parametrize("as_json", [True, False])
def test_an_interruption_says_what_was_done(
    files: World, monkeypatch: pytest.MonkeyPatch, *, as_json: bool
) -> None:
    def stop(_self: Ledger, *_args: Any) -> Any:
        raise KeyboardInterrupt

    run("--delete")
    monkeypatch.setattr(Ledger, "batches_of_orphans", stop)
    out = io.StringIO()
    args = ["--all-tenants", "--delete", *(["--json"] if as_json else [])]
    with pytest.raises(CommandError, match="Interrupted in reports") as caught:
        call_command(NAME, *args, stdout=out, stderr=_Terminal())
    assert caught.value.returncode == 130
    if as_json:
        assert [o["status"] for o in json.loads(out.getvalue())] == ["interrupted"]
    assert len(files.held()) == 12


def test_a_command_of_its_own_kind_may_delete_by_default(files: World) -> None:
    class Old(Command):
        def wants_deletion(self, options: dict[str, Any]) -> bool:
            return True

    call_command(Old(), "--tenant", "acme", stdout=io.StringIO())
    assert len(files.held()) == 11


def one_bucket_for_all(tenant: str) -> Any:
    return Route("eu", "everyones-bucket", own_bucket=True)


def test_a_location_that_two_tenants_share_is_refused(
    files: World, use_storages: Callable[..., None], settings: Any
) -> None:
    options = {"routers": [f"{__name__}.one_bucket_for_all"]}
    routed = {"BACKEND": "tenant_minio.RoutingStorage", "OPTIONS": options}
    use_storages(**{**django_settings.STORAGES, "default": routed})
    for args in (["--all-tenants"], ["--tenant", "acme"]):
        found = [o for o in outcomes(*args, "--delete") if o["storage"] == "default"]
        assert {o["status"] for o in found} == {"failed"}
        assert "shares a location" in found[0]["error"]
    settings.TENANT_MINIO = {**WITH_SCHEMAS, "TENANTS": None}
    (found,) = outcomes("--tenant", "acme", "--delete")
    assert found["status"] == "failed"
    assert "custom router" in found["error"]


def test_a_dead_cluster_fails_its_own_locations_only(
    files: World, use_storages: Callable[..., None]
) -> None:
    dead = {"endpoint": "127.0.0.1:1", "access_key": "a", "secret_key": "b", "bucket": "x" * 5}
    entry = {"BACKEND": "tenant_minio.MinioStorage", "OPTIONS": dead}
    use_storages(**{**django_settings.STORAGES, "archive": entry})
    found = {o["storage"]: o for o in outcomes()}
    assert found["archive"]["status"] == "failed"
    assert "cannot be reached" in found["archive"]["error"]

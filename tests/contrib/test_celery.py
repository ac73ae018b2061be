"""Celery without a worker: eager tasks, plain calls, commits. Real ones: tests/isolation."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import pytest
from celery import Celery, Task, chain
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django_tenants.utils import schema_context

from tenant_minio import current_tenant, use_tenant
from tenant_minio.contrib.celery import HEADER, TenantTask
from tenant_minio.contrib.entering import check_entering
from tenant_minio.exceptions import (
    InvalidBackendError,
    InvalidTenantError,
    NoTenantError,
    TenantMismatchError,
    UnknownTenantError,
)

PACKAGE = "tenant_minio.contrib.django_tenants"
WITH_SCHEMAS = {
    "CURRENT": f"{PACKAGE}.current_schema",
    "EXISTS": f"{PACKAGE}.tenant_exists",
    "ENTER": f"{PACKAGE}.enter",
}


def elsewhere(_key: str | None) -> AbstractContextManager[None]:
    """An ``ENTER`` that leads nowhere."""
    return nullcontext()


def broken(_key: str | None) -> AbstractContextManager[None]:
    """An ``ENTER`` whose database is down."""
    raise ConnectionError("the database is down")


@pytest.fixture
def app() -> Any:
    """An app whose tasks run where they are called."""
    app = Celery(task_cls=TenantTask, set_as_current=False)
    app.conf.update(task_always_eager=True, task_eager_propagates=True)
    return app


@pytest.fixture
def who(app: Any) -> Any:
    return app.task(current_tenant, name="who")


# Eager


def test_eager_task_runs_in_its_callers_tenant(who: Any) -> None:
    with use_tenant("acme"):
        assert who.delay().get() == "acme"
        assert current_tenant() == "acme"
    assert who.delay().get() is None


def test_eager_task_obeys_a_header_set_by_hand(who: Any) -> None:
    with use_tenant("acme"):
        assert who.apply_async(headers={HEADER: "globex"}).get() == "globex"
        assert who.apply_async(headers={HEADER: None}).get() is None
        assert current_tenant() == "acme"


def test_eager_task_that_leaves_a_tenant_open_leaves_it_to_nobody(app: Any) -> None:
    @app.task
    def leave() -> None:
        use_tenant("globex").__enter__()

    with use_tenant("acme"):
        leave.delay()
        assert current_tenant() == "acme"


def test_eager_task_inside_a_task_and_its_retry(app: Any, who: Any) -> None:
    @app.task(bind=True)
    def outer(self: Any) -> list[Any]:
        if not self.request.retries:
            with use_tenant("globex"):
                raise self.retry(countdown=0)
        with use_tenant("globex"):
            inner = who.delay().result
        return [inner, current_tenant()]

    with use_tenant("acme"):
        result = outer.apply_async(headers={HEADER: "own"}, throw=False)
        assert result.get() == ["globex", "own"]


def test_eager_chain_stays_in_its_tenant(app: Any, who: Any) -> None:
    @app.task
    def also(first: str) -> list[Any]:
        return [first, current_tenant()]

    with use_tenant("acme"):
        assert chain(who.s(), also.s())().get() == ["acme", "acme"]


def test_task_that_is_called_as_a_function_is_one(app: Any, who: Any) -> None:
    with use_tenant("acme"):
        assert who() == "acme"

    @app.task
    def calls() -> list[Any]:
        with use_tenant("globex"):
            return [who(), current_tenant()]

    with use_tenant("acme"):
        assert calls.delay().get() == ["globex", "globex"]


def test_own_request_is_there_in_an_eager_task(app: Any) -> None:
    @app.task(bind=True)
    def named(self: Any) -> list[Any]:
        return [self.request.id, self.request.is_eager]

    assert named.apply_async(task_id="7").get() == ["7", True]


# What cannot be entered


@pytest.mark.parametrize(
    ("settings_of", "key", "error", "text"),
    [
        ({"TENANTS": lambda: ["acme"]}, "gone", UnknownTenantError, "'gone'"),
        ({"EXISTS": lambda key: key == "acme"}, "gone", UnknownTenantError, "'gone'"),
        ({}, 7, InvalidTenantError, "7"),
        ({"CURRENT": lambda: None}, "acme", InvalidBackendError, "E034"),
        ({"CURRENT": lambda: "globex", "ENTER": elsewhere}, "acme", TenantMismatchError, "globex"),
        ({"ENTER": broken}, "acme", ConnectionError, "down"),
    ],
)
def test_task_that_cannot_enter_its_tenant_does_not_run(
    app: Any, settings: Any, settings_of: Any, key: Any, error: type[Exception], text: str
) -> None:
    settings.TENANT_MINIO = settings_of
    ran = []

    @app.task
    def task() -> None:
        ran.append(1)

    with pytest.raises(error, match=text):
        task.apply_async(headers={HEADER: key})
    assert not ran


def test_task_of_another_class_is_told_why_wherever_it_asks(app: Any, settings: Any) -> None:
    """Also where CURRENT would name a tenant that somebody left behind."""
    settings.TENANT_MINIO = {"CURRENT": lambda: "globex", "ENTER": broken}

    @app.task(base=Task)
    def save() -> None:
        default_storage.save("plan.pdf", ContentFile(b"1"))

    for _ in range(2):
        with pytest.raises(ConnectionError, match="down"):
            save.apply_async(headers={HEADER: "acme"})


def test_task_of_another_class_may_name_its_tenant_itself(app: Any, settings: Any) -> None:
    settings.TENANT_MINIO = {"TENANTS": lambda: ["acme"]}

    @app.task(base=Task)
    def named() -> Any:
        with use_tenant("acme"):
            return current_tenant()

    assert named.apply_async(headers={HEADER: "gone"}).get() == "acme"


def test_check_says_what_is_missing(settings: Any) -> None:
    assert check_entering() == []
    settings.TENANT_MINIO = {"CURRENT": f"{PACKAGE}.current_schema"}
    assert [(one.id, "ENTER" in f"{one.hint}") for one in check_entering()] == [
        ("tenant_minio.E034", True)
    ]
    settings.TENANT_MINIO = WITH_SCHEMAS
    assert check_entering() == []


# Commits


def test_task_sent_on_commit_keeps_the_tenant_in_which_it_was_asked_for(
    app: Any, transactional_callbacks: Callable[[], AbstractContextManager[Any]]
) -> None:
    """The commit may come when the block of the tenant has ended."""
    seen: list[Any] = []

    @app.task
    def note(word: str, *, more: int = 0) -> None:
        seen.append((current_tenant(), word, more))

    with transactional_callbacks():
        with use_tenant("acme"):
            note.delay_on_commit("delay", more=1)
            note.apply_async_on_commit(["options"], headers={"other": 1})
            note.apply_async_on_commit(args=["by hand"], headers={HEADER: "own"})
        with use_tenant("globex"):
            transaction.on_commit(lambda: note.delay("plain"))
        assert seen == []
    assert seen == [
        ("acme", "delay", 1),
        ("acme", "options", 0),
        ("own", "by hand", 0),
        (None, "plain", 0),
    ]


@pytest.fixture
def transactional_callbacks(db: None, django_capture_on_commit_callbacks: Any) -> Any:
    return lambda: django_capture_on_commit_callbacks(execute=True)


# django-tenants


@pytest.mark.django_db
def test_eager_task_moves_rows_and_files_together(
    app: Any, settings: Any, schemas: list[str]
) -> None:
    settings.TENANT_MINIO = WITH_SCHEMAS

    @app.task
    def task() -> list[Any]:
        return [current_tenant(), connection.schema_name]

    with schema_context("acme"):
        assert task.delay().get() == ["acme", "acme"]
        assert task.apply_async(headers={HEADER: "globex"}).get() == ["globex", "globex"]
        assert task.apply_async(headers={HEADER: None}).get() == [None, "public"]
        assert connection.schema_name == "acme"
    with use_tenant("globex"):
        assert task.delay().get() == ["globex", "globex"]
    assert connection.schema_name == "public"


@pytest.mark.django_db
def test_task_outside_of_all_has_no_files(app: Any, settings: Any, schemas: list[str]) -> None:
    settings.TENANT_MINIO = WITH_SCHEMAS

    @app.task
    def save() -> str:
        return default_storage.save("f", ContentFile(b"1"))

    with schema_context("acme"), pytest.raises(NoTenantError):
        save.apply_async(headers={HEADER: None})

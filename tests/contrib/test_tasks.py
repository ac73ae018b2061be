"""django.tasks: with Django's own backends, and with one that runs tasks in threads."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, connections
from django.tasks import Task, TaskContext, TaskResult, TaskResultStatus, task, task_backends
from django.tasks.backends.base import BaseTaskBackend
from django.tasks.backends.dummy import DummyBackend
from django.tasks.backends.immediate import ImmediateBackend
from django.tasks.exceptions import InvalidTask
from django_tenants.utils import schema_context

from tenant_minio import current_tenant, use_tenant
from tenant_minio.contrib.tasks import ARGUMENT, TenantTask, TenantTasks

PACKAGE = "tenant_minio.contrib.django_tenants"
WITH_SCHEMAS = {
    "CURRENT": f"{PACKAGE}.current_schema",
    "EXISTS": f"{PACKAGE}.tenant_exists",
    "ENTER": f"{PACKAGE}.enter",
}


class Immediate(TenantTasks, ImmediateBackend):
    """Django's own, which runs a task where it is enqueued."""


class Dummy(TenantTasks, DummyBackend):
    """Django's own, which keeps tasks."""


class Threads(BaseTaskBackend):
    supports_async_task = True

    def __init__(self, alias: str, params: dict[str, Any]) -> None:
        super().__init__(alias, params)
        self.pool = ThreadPoolExecutor(2, initializer=use_tenant("globex").__enter__)
        self.futures: list[Future[Any]] = []

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        self.validate_task(task)
        self.futures.append(self.pool.submit(task.call, *args, **kwargs))


class TenantThreads(TenantTasks, Threads):
    """Runs tasks in threads that somebody has left inside a tenant."""


_BACKENDS = {
    "default": {"BACKEND": f"{__name__}.Immediate"},
    "dummy": {"BACKEND": f"{__name__}.Dummy"},
    "threads": {"BACKEND": f"{__name__}.TenantThreads"},
    "plain": {"BACKEND": "django.tasks.backends.immediate.ImmediateBackend"},
}


def _who() -> str | None:
    return current_tenant()


async def _awho() -> str | None:
    await asyncio.sleep(0)
    return current_tenant()


def _save(name: str) -> str:
    saved: str = default_storage.save(name, ContentFile(b"1"))
    return saved


def _leave() -> None:
    use_tenant("globex").__enter__()


def _schema() -> list[Any]:
    return [current_tenant(), connection.schema_name]


def _outer() -> list[Any]:
    with use_tenant("globex"):
        inner = made(_who).enqueue().return_value
    return [inner, current_tenant()]


def _with_context(context: TaskContext, word: str) -> list[Any]:
    return [context.attempt, word, current_tenant()]


def made(function: Any, **options: Any) -> Any:
    """What the decorator makes, with the settings of this test."""
    return task(**options)(function)


@pytest.fixture(autouse=True)
def _tasks(settings: Any) -> Iterator[None]:
    settings.TASKS = _BACKENDS
    yield
    threads: Any = task_backends["threads"]
    threads.pool.shutdown()


def error_of(result: TaskResult) -> str:
    assert result.status == TaskResultStatus.FAILED
    return result.errors[0].exception_class_path.rpartition(".")[2]


# At once


def test_task_runs_in_the_tenant_that_enqueued_it() -> None:
    with use_tenant("acme"):
        assert made(_who).enqueue().return_value == "acme"
        assert made(_leave).enqueue().status == TaskResultStatus.SUCCESSFUL
        assert current_tenant() == "acme"


def test_task_without_a_tenant_fails_closed() -> None:
    assert made(_who).enqueue().return_value is None
    assert error_of(made(_save).enqueue("plan.pdf")) == "NoTenantError"


def test_tenant_named_by_hand_wins() -> None:
    with use_tenant("acme"):
        assert made(_who).enqueue(**{ARGUMENT: "globex"}).return_value == "globex"
        assert made(_who).enqueue(**{ARGUMENT: None}).return_value is None


def test_task_inside_a_task_has_the_tenant_that_enqueued_it() -> None:
    with use_tenant("acme"):
        assert made(_outer).enqueue().return_value == ["globex", "acme"]


def test_context_and_arguments_reach_the_function() -> None:
    with use_tenant("acme"):
        result = made(_with_context, takes_context=True).enqueue(word="x")
    assert result.return_value == [1, "x", "acme"]


@pytest.mark.parametrize(
    ("key", "error"),
    [("gone", "UnknownTenantError"), ("", "InvalidTenantError"), (7, "InvalidTenantError")],
)
def test_task_whose_tenant_cannot_be_entered_does_not_run(
    settings: Any, key: object, error: str
) -> None:
    settings.TENANT_MINIO = {"TENANTS": lambda: ["acme"]}
    assert error_of(made(_who).enqueue(**{ARGUMENT: key})) == error


def test_task_is_refused_where_its_rows_could_not_be_found(settings: Any) -> None:
    settings.TENANT_MINIO = {"CURRENT": lambda: None}
    with use_tenant("acme"):
        assert error_of(made(_who).enqueue()) == "InvalidBackendError"


async def test_async_ways_carry_the_tenant() -> None:
    async with use_tenant("acme"):
        assert (await made(_who).aenqueue()).return_value == "acme"
        assert (await made(_awho).aenqueue()).return_value == "acme"
        assert await made(_awho).acall(**{ARGUMENT: "globex"}) == "globex"
        assert await made(_who).acall(**{ARGUMENT: "globex"}) == "globex"
        assert await made(_who).acall() is None
        assert current_tenant() == "acme"


async def test_async_tasks_at_once_keep_to_their_own_tenants() -> None:
    keys = [f"t{number}" for number in range(20)]
    calls = [made(_awho).acall(**{ARGUMENT: key}) for key in keys]
    assert await asyncio.gather(*calls) == keys


# Elsewhere


def test_tasks_in_threads_have_their_own_tenant_or_none() -> None:
    threads: Any = task_backends["threads"]
    keys = ["acme", "acme2", None] * 10
    for key in keys:
        if key is None:
            made(_who, backend="threads").enqueue()
            made(_leave, backend="threads").enqueue()
        else:
            with use_tenant(key):
                made(_awho, backend="threads").enqueue()
                made(_leave, backend="threads").enqueue()
    assert [future.result() for future in threads.futures[::2]] == keys


def test_call_without_the_argument_runs_outside_of_all() -> None:
    """As a task that was enqueued before this package was installed."""
    with use_tenant("acme"):
        assert made(_who).call() is None
        assert current_tenant() == "acme"


def test_kept_task_names_its_tenant(monkeypatch: pytest.MonkeyPatch) -> None:
    """The backend copies it, by the name of its module."""
    dummy: Any = task_backends["dummy"]
    monkeypatch.setattr(sys.modules[__name__], "_who", made(_who, backend="dummy"))
    with use_tenant("acme"):
        _who.enqueue()  # type: ignore[attr-defined]
    assert [result.kwargs for result in dummy.results] == [{ARGUMENT: "acme"}]


def test_task_made_for_another_backend_is_refused() -> None:
    plain = made(_who, backend="plain")
    assert type(plain) is Task
    with pytest.raises(InvalidTask, match="_who was made for a backend without TenantTasks"):
        plain.using(backend="default")
    assert isinstance(made(_who).using(priority=1, backend="dummy"), TenantTask)


# django-tenants


@pytest.mark.django_db
def test_rows_and_files_move_together(settings: Any, schemas: list[str]) -> None:
    settings.TENANT_MINIO = WITH_SCHEMAS
    with schema_context("acme"):
        assert made(_schema).enqueue().return_value == ["acme", "acme"]
        assert made(_schema).enqueue(**{ARGUMENT: None}).return_value == [None, "public"]
        assert connection.schema_name == "acme"
    with use_tenant("globex"):
        assert made(_schema).enqueue().return_value == ["globex", "globex"]
    assert connection.schema_name == "public"
    assert error_of(made(_schema).enqueue(**{ARGUMENT: "gone"})) == "UnknownTenantError"


@pytest.mark.django_db
async def test_schema_is_entered_in_the_thread_that_asks_the_database(
    settings: Any, schemas: list[str]
) -> None:
    settings.TENANT_MINIO = WITH_SCHEMAS

    assert await made(_aschema).acall(**{ARGUMENT: "globex"}) == ["globex", "globex", "globex"]
    assert await made(_schema).acall(**{ARGUMENT: "acme"}) == ["acme", "acme"]
    await sync_to_async(connections.close_all)()


async def _aschema() -> list[Any]:
    return [current_tenant(), *await sync_to_async(_schema)()]

"""A Celery app with tasks as a careless application writes them."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import celery
from celery import Celery
from celery.signals import worker_process_init
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection

from tenant_minio import current_tenant, use_tenant
from tenant_minio.contrib.celery import TenantTask
from tests.isolation.labels import acting

app = Celery("isolation", task_cls=TenantTask, set_as_current=False)


def configure(broker: str) -> None:
    """Send through a server with Redis' protocol."""
    app.conf.update(
        broker_url=broker,
        broker_connection_retry_on_startup=False,
        result_backend=broker,
        task_default_queue="plain",
        worker_prefetch_multiplier=1,
    )


if hasattr(settings, "BROKER"):  # in the worker itself
    configure(settings.BROKER)


@worker_process_init.connect
def leave_in_a_tenant(**_kwargs: object) -> None:
    """What forked this process, or ran in it before, has left a tenant open."""
    use_tenant("globex").__enter__()
    if hasattr(connection, "set_schema"):
        connection.set_schema("globex")
    (Path(settings.FOLDER) / "ready").touch()


@app.task
def who() -> str | None:
    return current_tenant()


@app.task
def save(whose: str, name: str = "plan.pdf") -> str:
    """Save a file that says whose it is."""
    with acting(whose):
        return default_storage.save(name, ContentFile(whose.encode()))


@app.task
def read(name: str, whose: str) -> str:
    with acting(whose):
        return default_storage.open(name).read().decode()


@app.task
def meet(whose: str, others: int, folder: str) -> str:
    """Save once so many tasks are under way at the same time."""
    (Path(folder) / whose).touch()
    deadline = time.monotonic() + 60
    while len(list(Path(folder).iterdir())) < others:
        assert time.monotonic() < deadline, "nobody else came"
        time.sleep(0.01)
    return save(whose)


@app.task(bind=True)
def again(self: Any, whose: str) -> list[Any]:
    """Fail at first, in yet another tenant."""
    if not self.request.retries:
        with use_tenant("acme2"):
            raise self.retry(countdown=0)
    return [current_tenant(), save(whose), self.request.retries]


@app.task(bind=True)
def hand_over(self: Any, whose: str) -> str | None:
    """Go on as another task."""
    raise self.replace(save.s(whose))


@app.task
def send_on(whose: str) -> list[str]:
    """Have another task do it, and one more through its name only."""
    return [save.delay(whose).id, app.send_task(save.name, [whose, "second.pdf"]).id]


@app.task
def fail_inside() -> None:
    """Leave a tenant open, as a generator does, and fail."""
    use_tenant("acme2").__enter__()
    raise RuntimeError("the task failed")


@app.task
def joined(names: list[str], whose: str) -> list[str]:
    return [*names, save(whose)]


@app.task(base=celery.Task)
def of_another_class(whose: str) -> str:
    (Path(settings.FOLDER) / "ran").touch()
    return save(whose)


@app.task
def row(whose: str) -> list[Any]:
    """Save a row with its file; where it landed."""
    from tests.project.docs.models import Document

    document = Document()
    with acting(whose):
        document.file.save("plan.pdf", ContentFile(whose.encode()))
        content = Document.objects.get(pk=document.pk).file.read().decode()
    with connection.cursor() as cursor:
        cursor.execute("select current_schema()")
        schema = cursor.fetchone()[0]
    document.delete()
    return [schema, content, current_tenant()]


@app.task
def schema() -> str:
    return str(connection.schema_name)

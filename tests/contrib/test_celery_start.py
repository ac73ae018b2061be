"""Celery in a fresh process: what it does first finds the tenant, and the checks are there."""

from __future__ import annotations

from pathlib import Path

import pytest

from .fresh import WITHOUT_ENTER, project, run

_BROKER = 'CELERY_BROKER_URL = "memory://"\n'
_CELERY = """
import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")

{imported}

app = Celery("shop"{given})
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
"""
# As docs/tasks.md has it.
CLASS = _CELERY.format(
    imported="from tenant_minio.contrib.celery import TenantTask",
    given=", task_cls=TenantTask",
)
# Which Celery itself imports only when it makes a task.
PATH = _CELERY.format(imported="", given=', task_cls="tenant_minio.contrib.celery:TenantTask"')
NEITHER = _CELERY.format(imported="", given="")
# A sender that knows tasks by their names only, as the web process of a project may.
_SEND = """
import django

django.setup()
from shop import celery_app
from tenant_minio import use_tenant

with use_tenant("acme"):
    celery_app.send_task("docs.tasks.thumbnail", args=(1,))
with celery_app.connection_for_read() as connection:
    message = connection.SimpleQueue("celery").get(timeout=20)
    print("sent for", message.headers.get("tenant_minio_tenant", "nobody"))
    message.ack()
"""
both = pytest.mark.parametrize("celery", [CLASS, PATH], ids=["class", "path"])


def with_celery(folder: Path, celery: str, settings: str = "") -> Path:
    """A project laid out as Celery's pages on Django say."""
    init = "from .celery import app as celery_app\n"
    return project(folder, _BROKER + settings, __init__=init, celery=celery)


@both
def test_first_task_of_a_process_carries_its_tenant_when_sent_by_name(
    tmp_path: Path, celery: str
) -> None:
    sent = run(with_celery(tmp_path, celery), "-c", _SEND)
    assert sent.stdout == "sent for acme\n", sent.stderr


@both
def test_check_says_that_tasks_cannot_enter_their_tenants(tmp_path: Path, celery: str) -> None:
    checked = run(with_celery(tmp_path, celery, WITHOUT_ENTER), "-m", "django", "check")
    assert checked.returncode == 1
    assert checked.stderr.count("(tenant_minio.E034)") == 1


def test_celery_that_does_not_use_this_package_is_left_alone(tmp_path: Path) -> None:
    folder = with_celery(tmp_path, NEITHER, WITHOUT_ENTER)
    checked = run(folder, "-m", "django", "check")
    assert checked.returncode == 0, checked.stderr
    sent = run(folder, "-c", _SEND)
    assert sent.stdout == "sent for nobody\n", sent.stderr

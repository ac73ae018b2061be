"""Tasks of django.tasks, kept in a database."""

from __future__ import annotations

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.tasks import task
from django_tasks_db.backend import DatabaseBackend

from tenant_minio import current_tenant, use_tenant
from tenant_minio.contrib.tasks import TenantTasks
from tests.isolation.labels import acting


class Backend(TenantTasks, DatabaseBackend):
    """As docs/tasks.md has it."""


@task
def save(whose: str, *, fails: bool = False) -> str:
    """Save a file that says whose it is, and leave a tenant open behind it."""
    with acting(whose):
        name = default_storage.save("plan.pdf", ContentFile(whose.encode()))
    use_tenant("globex").__enter__()
    if fails:
        raise RuntimeError("the task failed")
    return f"{current_tenant()} {name}"

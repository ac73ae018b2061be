"""django.tasks in a fresh process: the checks are there, though no task was imported yet."""

from __future__ import annotations

from pathlib import Path

import pytest

from .fresh import WITHOUT_ENTER, project, run

_TASKS = 'TASKS = {"default": {"BACKEND": "shop.backend.Backend"}}\n'
_BACKEND = """
from django.tasks.backends.immediate import ImmediateBackend
from tenant_minio.contrib.tasks import TenantTasks


class Backend(TenantTasks, ImmediateBackend):
    pass
"""


@pytest.mark.parametrize(
    "urls",
    ["urlpatterns = []\n", "from shop.tasks import work\n\nurlpatterns = []\n"],
    ids=["tasks not imported", "tasks imported by the URLs"],
)
def test_check_says_that_tasks_cannot_enter_their_tenants(tmp_path: Path, urls: str) -> None:
    tasks = "from django.tasks import task\n\n\n@task\ndef work():\n    pass\n"
    settings = WITHOUT_ENTER + _TASKS
    folder = project(tmp_path, settings, backend=_BACKEND, tasks=tasks, urls=urls)
    checked = run(folder, "-m", "django", "check")
    assert checked.returncode == 1
    assert checked.stderr.count("(tenant_minio.E034)") == 1


@pytest.mark.parametrize(
    "backend", ["django.tasks.backends.immediate.ImmediateBackend", "shop.gone.Backend"]
)
def test_other_backends_are_left_alone(tmp_path: Path, backend: str) -> None:
    """Also one that is not there: Django says so itself when it is used."""
    settings = f'{WITHOUT_ENTER}TASKS = {{"default": {{"BACKEND": "{backend}"}}}}\n'
    checked = run(project(tmp_path, settings), "-m", "django", "check")
    assert checked.returncode == 0, checked.stderr

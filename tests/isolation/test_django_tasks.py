"""django.tasks in a worker of its own: the tenant travels with the task."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from .conftest import Court, World
from .places import KEYS
from .processes.running import Aside


def test_tasks_of_all_tenants_in_one_worker_keep_to_their_own_places(
    world: World, court: Court, tmp_path: Path
) -> None:
    """Each leaves a tenant open for the next, one fails, and two have no tenant to work in."""
    listed = {"TENANTS": "tests.isolation.places.tenants"}
    module = "tests.isolation.processes.task_settings"
    aside = Aside(tmp_path, court.options(), listed, module=module)
    aside.run("-m", "django", "migrate")
    aside.run("-m", "tests.isolation.processes.enqueue", *KEYS)
    aside.run("-m", "django", "db_worker", "--batch", "--no-startup-delay")
    world.judge.labels.sent.update(aside.new_labels())
    with sqlite3.connect(tmp_path / "db") as database:
        columns = "status, return_value, exception_class_path"
        rows = database.execute(
            f"select {columns} from django_tasks_database_dbtaskresult order by enqueued_at, rowid"
        ).fetchall()
    outcomes = [value or error.rpartition(".")[2] for _status, value, error in rows]
    done = ["RuntimeError" if key == "acme2" else '"globex plan.pdf"' for key in KEYS]
    assert outcomes == [*done, "NoTenantError", "UnknownTenantError"]
    assert world.truth() == world.expected({t: {"plan.pdf": t.encode()} for t in KEYS})

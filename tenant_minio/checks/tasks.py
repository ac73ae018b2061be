"""Whether tasks can enter their tenants, where tasks are used."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core import checks
from django.utils.module_loading import import_string


def check_tasks(**_kwargs: Any) -> list[checks.CheckMessage]:
    """What stands in a task's way, if this process knows of any tasks that carry a tenant.

    Django imports the backends of TASKS with the first module that has a task, which may be later.
    """
    for backend in (getattr(settings, "TASKS", None) or {}).values():
        # Django itself says, when it is used, that a backend is not there.
        with suppress(ImportError, KeyError):
            import_string(backend["BACKEND"])
    # The core stands without contrib: only what ties tasks in has imported this.
    entering = sys.modules.get("tenant_minio.contrib.entering")
    return entering.check_entering() if entering is not None else []

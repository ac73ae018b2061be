"""Where Django starts this package."""

import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.management import find_commands

_OWN_COMMANDS = frozenset(find_commands(str(Path(__file__).with_name("management"))))


class TenantMinioConfig(AppConfig):
    """Registers the checks. Contacts no cluster unless the settings ask for it."""

    name = "tenant_minio"
    verbose_name = "Tenant MinIO"

    def ready(self) -> None:
        start()


def start() -> None:
    """Register the checks, load the live source of the tenant, look at the buckets if asked."""
    from tenant_minio import checks
    from tenant_minio.buckets.start import check_on_start
    from tenant_minio.conf import conf
    from tenant_minio.exceptions import InvalidBackendError

    checks.register()
    _import_task_classes()
    try:
        # Loading it lets it connect its signals before the first request.
        _ = conf.current
    except InvalidBackendError:
        return  # the checks name it, and every operation raises it
    if not is_command() and (conf.check_on_start or _an_entry_asks()):
        check_on_start()


def _import_task_classes() -> None:
    """Import what Celery apps name by path: ``task_cls="tenant_minio.contrib.celery:TenantTask"``.

    Celery itself does so when the first task of an app is made. A process that until then sends
    by name would send no tenant, and no check would look at the settings of tasks.
    """
    # Celery tells of its apps here only. `celery.current_app` would make one where there is none.
    state = sys.modules.get("celery._state")
    for app in list(getattr(state, "_get_active_apps", tuple)()):
        path = app.task_cls
        if isinstance(path, str) and path.startswith(f"{TenantMinioConfig.name}."):
            import_module(path.replace(":", ".").rpartition(".")[0])


def _an_entry_asks() -> bool:
    """Whether some storage has the option ``check_on_start``; imports no storage to find out."""
    entries: Mapping[str, Mapping[str, Any]] = settings.STORAGES  # type: ignore[assignment]
    return any((entry.get("OPTIONS") or {}).get("check_on_start") for entry in entries.values())


def is_command() -> bool:
    """Whether this process does something else than serving.

    The commands that make and show the buckets must start without them, whatever starts them;
    of other programs, only those of ``manage.py`` are known to be commands.
    """
    program = Path(sys.argv[0] if sys.argv else "")
    given = sys.argv[1:]
    if not _OWN_COMMANDS.isdisjoint(given):
        return True
    # `python -m django` and `python -m gunicorn` are both a __main__.py.
    is_manage = program.name in {"manage.py", "django-admin"} or program.match("django/__main__.py")
    return is_manage and "runserver" not in given

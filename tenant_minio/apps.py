"""Where Django starts this package."""

import sys
from pathlib import Path

from django.apps import AppConfig
from django.core.management import find_commands

_OWN_COMMANDS = frozenset(find_commands(str(Path(__file__).with_name("management"))))


class TenantMinioConfig(AppConfig):
    """Registers the checks. Contacts no cluster unless ``CHECK_ON_START`` asks for it."""

    name = "tenant_minio"
    verbose_name = "Tenant MinIO"

    def ready(self) -> None:
        """Register the checks, load the live source of the tenant, look at the buckets if asked."""
        from tenant_minio import checks
        from tenant_minio.buckets.start import check_on_start
        from tenant_minio.conf import conf
        from tenant_minio.exceptions import InvalidBackendError

        checks.register()
        try:
            # Loading it lets it connect its signals before the first request.
            _ = conf.current
        except InvalidBackendError:
            return  # the checks name it, and every operation raises it
        if not _is_command() and conf.check_on_start:
            check_on_start()


def _is_command() -> bool:
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

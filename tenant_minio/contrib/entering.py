"""The way into a tenant for tasks, which run where nothing says whose they are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core import checks

from tenant_minio.backends.registry import registry
from tenant_minio.conf import conf
from tenant_minio.exceptions import UnknownTenantError
from tenant_minio.problems import Problem
from tenant_minio.tenants import entering
from tenant_minio.tenants.context import check_key


@contextmanager
def entered(key: Any) -> Iterator[None]:
    """Run a block inside ``key``, whatever stood before: rows, by ``ENTER``, and files.

    Args:
        key: what a message named; None for outside of all tenants.

    Raises:
        InvalidTenantError: it is neither None nor a key.
        UnknownTenantError: there is no such tenant, or no longer.
        InvalidBackendError: the settings do not say how to enter a tenant.
        TenantMismatchError: ``ENTER`` led elsewhere.
    """
    key = checked(key)
    with entering.entered(key, registry.named_tenants):
        yield


def checked(key: Any) -> str | None:
    """What a message named, where there is such a tenant. Raises as :func:`entered`."""
    for problem in _problems():
        raise problem.error()
    if key is None:
        return None
    with entering.entered(None, registry.named_tenants):
        if conf.tenant_exists(check_key(key, "A task was sent for what is no tenant. ")):
            return str(key)
    raise UnknownTenantError(
        f"A task was sent for the tenant {key!r}, and there is none by TENANT_MINIO['EXISTS'] or "
        f"['TENANTS']. It may be gone since."
    )


def _problems() -> Iterator[Problem]:
    if conf.get("CURRENT") is not None and conf.get("ENTER") is None:
        yield Problem(
            "E034",
            (),
            "TENANT_MINIO['CURRENT'] is set and 'ENTER' is not, so a task could find its tenant's "
            "files and not its rows.",
            "With django-tenants, set ENTER to 'tenant_minio.contrib.django_tenants.enter'; else "
            "see docs/tasks.md.",
        )


def check_entering() -> list[checks.CheckMessage]:
    """Whether tasks can enter their tenants; asked where this module is imported."""
    return [
        checks.Error(problem.message, hint=problem.hint, id=f"tenant_minio.{problem.code}")
        for problem in _problems()
    ]

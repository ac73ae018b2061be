"""Whether the collectstatic of this package is the one that runs."""

from __future__ import annotations

from collections.abc import Iterator

from django.apps import apps
from django.conf import STATICFILES_STORAGE_ALIAS

from tenant_minio.backends.registry import registry
from tenant_minio.problems import Problem


def static_problems() -> Iterator[Problem]:
    """Django takes a command from the app that stands first."""
    names = [config.name for config in apps.get_app_configs()]
    django = "django.contrib.staticfiles"
    if STATICFILES_STORAGE_ALIAS not in registry.declared.classes or django not in names:
        return
    if names.index(django) < names.index("tenant_minio"):
        yield Problem(
            "W004",
            (),
            f"{django!r} stands before 'tenant_minio' in INSTALLED_APPS, so its collectstatic "
            f"runs, which stores file by file and deletes before it stores.",
            "Put 'tenant_minio' first.",
        )

"""Whether the collectstatic of this package is the one that runs."""

from __future__ import annotations

from collections.abc import Iterator

from django.apps import apps
from django.conf import STATICFILES_STORAGE_ALIAS

from tenant_minio.backends.registry import registry
from tenant_minio.problems import Problem


def static_problems() -> Iterator[Problem]:
    """Django takes a command from the app that stands first.

    A project that has only an app of :mod:`tenant_minio.compat` keeps Django's command.
    """
    names = [config.name for config in apps.get_app_configs()]
    ours, django = "tenant_minio", "django.contrib.staticfiles"
    if STATICFILES_STORAGE_ALIAS not in registry.declared.classes or not {ours, django} <= {*names}:
        return
    if names.index(django) < names.index(ours):
        yield Problem(
            "W004",
            (),
            f"{django!r} stands before 'tenant_minio' in INSTALLED_APPS, so its collectstatic "
            f"runs, which stores file by file and deletes before it stores.",
            "Put 'tenant_minio' first.",
        )

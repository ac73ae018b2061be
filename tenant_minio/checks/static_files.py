"""Whether the collectstatic of this package is the one that runs, in a place of its own."""

from __future__ import annotations

from collections.abc import Iterator

from django.apps import apps
from django.conf import STATICFILES_STORAGE_ALIAS

from tenant_minio.backends.registry import registry
from tenant_minio.problems import Problem


def static_problems() -> Iterator[Problem]:
    """What could go wrong with static files."""
    yield from _wrong_order()
    yield from _shared_places()


def _shared_places() -> Iterator[Problem]:
    """Another storage in the very same place, which collectstatic refuses to fill."""
    places = registry.declared.places
    static = {
        (place.endpoint, place.bucket, place.prefix): place
        for place in places
        if place.alias == STATICFILES_STORAGE_ALIAS
    }
    for place in places:
        own = static.get((place.endpoint, place.bucket, place.prefix))
        if own is not None and place.alias != own.alias:
            yield Problem(
                "E037",
                (own.alias, place.alias),
                f"{own.label} and {place.label} keep files in one place, "
                f"{place.bucket}/{place.prefix} on {place.endpoint}, where collectstatic would "
                f"replace and delete files of both.",
                "Give static files a bucket, or a prefix, of their own.",
            )


def _wrong_order() -> Iterator[Problem]:
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

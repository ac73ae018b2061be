"""Django's settings for static files, the same for each storage."""

from __future__ import annotations

from typing import Any


def static_settings(folder: str | None, *apps: str) -> dict[str, Any]:
    """Settings for ``collectstatic`` from ``folder``, with ``apps`` before Django's own.

    Of two apps with one command the first counts, so that an app may bring its own.
    """
    if folder is None:
        return {"INSTALLED_APPS": list(apps)}
    return {
        "INSTALLED_APPS": [*apps, "django.contrib.staticfiles"],
        "STATICFILES_DIRS": [folder],
        "STATICFILES_FINDERS": ["django.contrib.staticfiles.finders.FileSystemFinder"],
    }

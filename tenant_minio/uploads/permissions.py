"""Who may upload: callables of a request and a target."""

from __future__ import annotations

from django.http import HttpRequest

from tenant_minio.uploads.targets import Target


def allow_authenticated(request: HttpRequest, _target: Target) -> bool:
    """Whoever is signed in."""
    user = getattr(request, "user", None)
    return user is not None and user.is_authenticated and user.is_active


def allow_staff(request: HttpRequest, target: Target) -> bool:
    """Whoever may use the admin."""
    return allow_authenticated(request, target) and bool(getattr(request.user, "is_staff", False))

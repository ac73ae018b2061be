"""What the page is told for an input: its target, the addresses of the API, and words."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.crypto import salted_hmac

from tenant_minio.exceptions import NoTenantError, UploadRefusedError
from tenant_minio.tenants.context import current_tenant
from tenant_minio.uploads.targets import Target, sign
from tenant_minio.uploads.texts import TEXTS
from tenant_minio.uploads.uploader import uploader

_SCOPE = "tenant_minio.uploads.scope"
_STEPS = ("begin", "parts", "finish", "cancel")


def page_data(target: Target, request: HttpRequest) -> dict[str, Any]:
    """The ``data-`` attributes of the element, by name.

    Raises:
        NoReverseMatch: ``tenant_minio.uploads.urls`` is not included.
    """
    _begin_session(target, request)
    return {
        "target": sign(target),
        "scope": _scope(request),
        **{step: _address(step, request) for step in _STEPS},
        **{f"text-{key}": text for key, text in TEXTS.items()},
    }


def _begin_session(target: Target, request: HttpRequest) -> None:
    """One for all uploads of the page: those that begin at once would begin one each."""
    with suppress(NoTenantError, UploadRefusedError):
        if target.is_permitted(request):
            uploader(request, begins=True)


def _address(step: str, request: HttpRequest) -> str:
    """The path of a view; where the include captures the tenant, the one that this page has."""
    name = f"tenant_minio_uploads:{step}"
    captured = request.resolver_match.kwargs if request.resolver_match else {}
    for key, value in captured.items():
        with suppress(NoReverseMatch):
            return reverse(name, kwargs={key: value})
    return reverse(name)


def _scope(request: HttpRequest) -> str:
    """Whose uploads a browser may offer to go on with: a digest that says nothing else."""
    user = getattr(request, "user", None)
    whose = f"user {user.pk}" if user is not None and user.pk is not None else "anyone"
    digest = salted_hmac(_SCOPE, f"{current_tenant()} {whose}", algorithm="sha256")
    return digest.hexdigest()[:16]

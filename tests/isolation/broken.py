"""Middleware and resolvers that fail with a tenant open, each at another point of a request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest

from tenant_minio import use_tenant

BREAKS = "HTTP_X_BREAKS"


def leave_and_fail(request: HttpRequest, point: str) -> None:
    """As a generator with ``use_tenant`` around a ``yield`` does, if the request asks for it."""
    if request.META.get(BREAKS) == point:
        use_tenant("own").__enter__()
        raise RuntimeError(f"{point} failed")


def resolver(request: HttpRequest) -> str | None:
    leave_and_fail(request, "resolver")
    return None


class _Breaking:
    sync_capable = True
    async_capable = False
    where = ""

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> Any:
        leave_and_fail(request, f"before {self.where}")
        response = self.get_response(request)
        leave_and_fail(request, f"after {self.where}")
        return response


class Outside(_Breaking):
    """Stands around TenantMiddleware."""

    where = "outside"


class Inside(_Breaking):
    """Stands between TenantMiddleware and the view."""

    where = "inside"

    def process_view(self, request: HttpRequest, *_: object) -> None:
        leave_and_fail(request, "view")

    def process_exception(self, request: HttpRequest, _error: Exception) -> None:
        leave_and_fail(request, "exception")


POINTS = [
    *["before outside", "resolver", "before inside", "view", "exception"],
    *["after inside", "after outside"],
]

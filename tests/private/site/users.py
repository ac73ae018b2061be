"""Who asks: the header ``X-User`` says it, in place of sessions and a database."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction


class UserMiddleware:
    """For WSGI and ASGI, so that nothing forces a request out of the event loop."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: Any) -> Any:
        name = request.headers.get("X-User", "")
        request.user = SimpleNamespace(is_authenticated=bool(name), username=name)
        return self.get_response(request)


def may(private_file: Any) -> bool:
    """Each tenant's own users, such as ``acme:jane``, and everyone what is in ``open/``."""
    if private_file.relative_name.startswith("open/"):
        return True
    return bool(private_file.user.username.startswith(f"{private_file.tenant}:"))

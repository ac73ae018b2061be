"""Who is signed in, without a database."""

from collections.abc import Callable
from types import SimpleNamespace

from django.http import HttpRequest, HttpResponse


class UserMiddleware:
    """Takes the user from a header; stands where AuthenticationMiddleware would."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        name = request.headers.get("X-User", "")
        request.user = SimpleNamespace(
            pk=name, is_authenticated=bool(name), is_active=True, is_staff=name == "boss"
        )
        return self.get_response(request)

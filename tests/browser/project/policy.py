"""The Content-Security-Policy that the pages must do with."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

STRICT = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' {cluster}; "
    "form-action 'self'"
)
# Django's admin has pictures.
ADMIN = f"{STRICT}; img-src 'self'"


class StrictPolicy:
    """Middleware that sends it with each answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        policy = ADMIN if request.path.startswith("/admin/") else STRICT
        response["Content-Security-Policy"] = policy.format(cluster=settings.CLUSTER_ORIGIN)
        return response

"""Headers of private pages, and a page for the moments when a cluster is away."""

import logging
from collections.abc import Callable

from django.conf import settings
from django.core.files.storage import default_storage
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tenant_minio.exceptions import BackendUnavailableError

logger = logging.getLogger(__name__)

GetResponse = Callable[[HttpRequest], HttpResponse]


class PrivatePagesMiddleware:
    """Lets pages load from themselves and the clusters only, and no cache keep what is sent.

    Django 6.0 has a middleware for the first; this one works on Django 5.2 too. Files bring their
    own policy where they need one; this one would stop a browser's PDF viewer.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.headers.get("Content-Type", "").startswith("text/html"):
            response.headers.setdefault("Content-Security-Policy", settings.CONTENT_SECURITY_POLICY)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response


class StorageUnavailableMiddleware:
    """Answers 503 where the customer's cluster does not, and says which cluster it is."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, BackendUnavailableError):
            return None
        logger.error("%s %s: %s", request.method, request.path, exception)
        context = {"backend": default_storage.route().backend}
        response = render(request, "503.html", context, status=503)
        response.headers["Retry-After"] = "30"
        return response

"""A Django site that permits direct uploads, and saves what arrived.

Its settings stand in a JSON file, as those of the downloads' site do.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from django.conf import settings

from benchmarks.downloads.words import ALIVE, TENANT_HEADER, VARIABLE
from benchmarks.uploads.words import BELOW, SAVE, TARGET

_given = json.loads(Path(os.environ[VARIABLE]).read_text())

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    INSTALLED_APPS=["tenant_minio", "tenant_minio.uploads"],
    MIDDLEWARE=[f"{__name__}.signed_in", "tenant_minio.middleware.TenantMiddleware"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="nobody is let in or kept out",
    STORAGES=_given["storages"],
    TENANT_MINIO={
        "RESOLVERS": ["tenant_minio.tenants.resolvers.HeaderResolver"],
        "HEADER": TENANT_HEADER,
        "TRUSTED_PROXIES": ["127.0.0.1"],
        "PASS_THROUGH": [ALIVE],
        "UPLOADS": {"TARGETS": {TARGET: {"storage": "default"}}},
    },
    USE_TZ=True,
)

# What follows needs the settings.
from django.core.files.storage import storages  # noqa: E402 -- see above
from django.core.wsgi import get_wsgi_application  # noqa: E402 -- see above
from django.http import HttpRequest, HttpResponse, JsonResponse  # noqa: E402 -- see above
from django.urls import include, path  # noqa: E402 -- see above

from tenant_minio.uploads.staged import claim  # noqa: E402 -- see above
from tenant_minio.uploads.targets import named  # noqa: E402 -- see above


class Visitor:
    """Who is signed in: there are no sessions here, and no table of users."""

    pk = 1
    is_authenticated = is_active = True


def signed_in(get_response: Any) -> Any:
    """Let every request be the visitor's."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.user = Visitor()  # type: ignore[assignment]  # all that is asked of a user
        answer: HttpResponse = get_response(request)
        return answer

    return middleware


def alive(_request: HttpRequest) -> HttpResponse:
    """Whether the site is up."""
    return HttpResponse("alive")


def save(request: HttpRequest) -> JsonResponse:
    """Save the file of a value, as a FileField does."""
    file = claim(json.loads(request.body)["value"], named(TARGET), request)
    return JsonResponse({"name": storages["default"].save(file.name or "", file)})


urlpatterns = [
    path(ALIVE.removeprefix("/"), alive),
    path(SAVE.removeprefix("/"), save),
    path(BELOW.removeprefix("/"), include("tenant_minio.uploads.urls")),
]
wsgi = get_wsgi_application()

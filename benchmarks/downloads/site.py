"""A Django site that sends private files, for gunicorn and uvicorn.

Its settings stand in a JSON file, since others on the machine may read the environment.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from django.conf import settings

from benchmarks.downloads.words import ALIVE, BELOW, TENANT_HEADER, VARIABLE

_given = json.loads(Path(os.environ[VARIABLE]).read_text())

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    INSTALLED_APPS=["tenant_minio"],
    MIDDLEWARE=["tenant_minio.middleware.TenantMiddleware"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="no sessions, no forms",
    STORAGES=_given["storages"],
    TENANT_MINIO={
        "RESOLVERS": ["tenant_minio.tenants.resolvers.HeaderResolver"],
        "HEADER": TENANT_HEADER,
        "TRUSTED_PROXIES": ["127.0.0.1"],
        "PASS_THROUGH": [ALIVE],
        "PRIVATE": {"PERMISSION": f"{__name__}.anyone", "SERVER": _given["server"]},
    },
    USE_TZ=True,
)

# What follows needs the settings.
from django.core.asgi import get_asgi_application  # noqa: E402 -- see above
from django.core.wsgi import get_wsgi_application  # noqa: E402 -- see above
from django.http import HttpRequest, HttpResponse  # noqa: E402 -- see above
from django.urls import include, path  # noqa: E402 -- see above


def anyone(_private_file: Any) -> bool:
    """Who may have a file is not what is measured."""
    return True


async def alive(_request: HttpRequest) -> HttpResponse:
    """Runs in the event loop itself, so it answers as soon as that gets to it."""
    return HttpResponse("alive")


urlpatterns = [
    path(ALIVE.removeprefix("/"), alive),
    path(BELOW.removeprefix("/"), include("tenant_minio.private.urls")),
]
wsgi, asgi = get_wsgi_application(), get_asgi_application()

"""The same site with django-private-storage, in an environment of its own."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from django.conf import settings

from benchmarks.downloads.words import ALIVE, BELOW, VARIABLE

_given = json.loads(Path(os.environ[VARIABLE]).read_text())

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    INSTALLED_APPS=["private_storage"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="no sessions, no forms",
    USE_TZ=True,
    PRIVATE_STORAGE_CLASS="private_storage.storage.s3boto3.PrivateS3BotoStorage",
    PRIVATE_STORAGE_AUTH_FUNCTION=f"{__name__}.anyone",
    PRIVATE_STORAGE_SERVER="streaming",
    **_given,
)

# What follows needs the settings.
from django.core.wsgi import get_wsgi_application  # noqa: E402 -- see above
from django.http import HttpRequest, HttpResponse  # noqa: E402 -- see above
from django.urls import include, path  # noqa: E402 -- see above


def anyone(_private_file: Any) -> bool:
    """Who may have a file is not what is measured."""
    return True


def alive(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("alive")


urlpatterns = [
    path(ALIVE.removeprefix("/"), alive),
    path(BELOW.removeprefix("/"), include("private_storage.urls")),
]
wsgi = get_wsgi_application()

"""A small Django site, for gunicorn: ``benchmarks.soak.site:application``.

What it is to use stands in the JSON file that the environment names, and not in the environment,
which others on the machine may read.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from django.conf import settings
from django.core.files import File

from benchmarks.soak.words import ERROR_HEADER, TENANT_HEADER, VARIABLE, WORKER_HEADER

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    DATA_UPLOAD_MAX_MEMORY_SIZE=None,
    INSTALLED_APPS=["tenant_minio"],
    MIDDLEWARE=["benchmarks.soak.site.tell_worker", "tenant_minio.middleware.TenantMiddleware"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="no sessions, no forms",
    STORAGES=json.loads(Path(os.environ[VARIABLE]).read_text()),
    TENANT_MINIO={
        "RESOLVERS": ["tenant_minio.tenants.resolvers.HeaderResolver"],
        "HEADER": TENANT_HEADER,
        "TRUSTED_PROXIES": ["127.0.0.1"],
    },
    USE_TZ=True,
)

# What follows needs the settings.
from django.core.files.storage import default_storage  # noqa: E402 -- see above
from django.core.wsgi import get_wsgi_application  # noqa: E402 -- see above
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse  # noqa: E402 -- see above
from django.http.response import HttpResponseBase  # noqa: E402 -- see above
from django.urls import path  # noqa: E402 -- see above

from tenant_minio.exceptions import (  # noqa: E402 -- see above
    BackendUnavailableError,
    ObjectNotFoundError,
    WriteOutcomeUnknownError,
)

View = Callable[..., HttpResponseBase]


def tell_worker(get_response: View) -> View:
    """Name the process that answered."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response.headers[WORKER_HEADER] = str(os.getpid())
        return response

    return middleware


def told(view: View) -> View:
    """Say by the status what has failed, and by a header how."""

    def wrapped(request: HttpRequest, **given: Any) -> HttpResponseBase:
        try:
            return view(request, **given)
        except ObjectNotFoundError as error:
            status, name = HTTPStatus.NOT_FOUND, type(error).__name__
        except WriteOutcomeUnknownError as error:
            status, name = HTTPStatus.GATEWAY_TIMEOUT, type(error).__name__
        except BackendUnavailableError as error:
            status, name = HTTPStatus.SERVICE_UNAVAILABLE, type(error).__name__
        return HttpResponse(status=status, headers={ERROR_HEADER: name})

    return wrapped


@told
def one_file(request: HttpRequest, name: str) -> HttpResponseBase:
    """Save, read or delete."""
    if request.method == "PUT":
        with TemporaryFile() as copy:
            shutil.copyfileobj(request, copy)
            copy.seek(0)
            return JsonResponse({"name": default_storage.save(name, File(copy))})
    if request.method == "DELETE":
        default_storage.delete(name)
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    return FileResponse(default_storage.open(name))


@told
def listing(_request: HttpRequest) -> HttpResponseBase:
    """All names of the tenant."""
    return JsonResponse({"names": default_storage.listdir("")[1]})


def url(_request: HttpRequest, name: str) -> HttpResponseBase:
    """A signed URL. Nobody is asked for it."""
    return JsonResponse({"url": default_storage.url(name)})


urlpatterns = [
    path("files/<str:name>", one_file),
    path("files/", listing),
    path("url/<str:name>", url),
]
application = get_wsgi_application()

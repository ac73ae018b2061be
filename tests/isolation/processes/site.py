"""A small site for real servers, WSGI and ASGI; the visitor's tenant stands in a header."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from urllib.parse import unquote

from asgiref.sync import sync_to_async
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import path

from tenant_minio import current_tenant, use_tenant
from tests.isolation.labels import acting

PIECE = 100_000


def tenant_of(request: HttpRequest) -> str | None:
    """For RESOLVERS; headers are Latin-1, and keys are not."""
    return unquote(request.headers.get("X-Tenant", "")) or None


def save(request: HttpRequest, whose: str) -> HttpResponse:
    with acting(whose):
        return HttpResponse(default_storage.save("plan.pdf", ContentFile(request.body)))


async def asave(request: HttpRequest, whose: str) -> HttpResponse:
    return await sync_to_async(save, thread_sensitive=False)(request, whose)


def _piece(whose: str, number: int) -> bytes:
    with acting(whose), default_storage.open("plan.pdf") as file:
        file.seek(number * PIECE)
        return file.read(PIECE)


def stream(request: HttpRequest, whose: str) -> StreamingHttpResponse:
    """The file is opened anew at each step, which shows where the step runs."""

    def body() -> Iterator[bytes]:
        number = 0
        while data := _piece(whose, number):
            number += 1
            yield data

    return StreamingHttpResponse(body())


async def astream(request: HttpRequest, whose: str) -> StreamingHttpResponse:
    async def body() -> AsyncIterator[bytes]:
        number = 0
        while data := await sync_to_async(_piece, thread_sensitive=False)(whose, number):
            number += 1
            yield data

    return StreamingHttpResponse(body())


def fail(request: HttpRequest, whose: str) -> HttpResponse:
    """Fails with a tenant open, in the way that a generator leaves one open."""
    use_tenant("own").__enter__()
    raise RuntimeError("the view failed")


def who(request: HttpRequest, whose: str) -> HttpResponse:
    """Whose request this is, and in which process."""
    return HttpResponse(f"{os.getpid()} {current_tenant()}")


def by_header(view):
    """A view with the harness's own reading of the header."""
    if view.__name__.startswith("a"):

        async def inside(request):
            return await view(request, unquote(request.META["HTTP_X_TENANT"]))

    else:

        def inside(request):
            return view(request, unquote(request.META["HTTP_X_TENANT"]))

    return inside


urlpatterns = [
    path(view.__name__, by_header(view)) for view in (save, asave, stream, astream, fail, who)
]

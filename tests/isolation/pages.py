"""Pages of a site behind TenantMiddleware, as a careless application writes them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator

from asgiref.sync import sync_to_async
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.urls import path
from django_tenants.utils import schema_context

from tenant_minio import use_tenant

from .labels import acting
from .operations import OPERATIONS

PIECE = 100_000


def whose(request: HttpRequest) -> str:
    """The harness's own reading of the address."""
    return request.META["HTTP_HOST"].partition(".")[0]


def _attempt(operation: str, name: str) -> str:
    try:
        OPERATIONS[operation](default_storage, name)
    except SuspiciousFileOperation:
        return "refused"
    except FileNotFoundError:
        return "missing"
    return "done"


def attempts(request: HttpRequest) -> JsonResponse:
    """Everything with one name, of which the visitor says which."""
    name = json.loads(request.body)
    with acting(whose(request)):
        return JsonResponse({operation: _attempt(operation, name) for operation in OPERATIONS})


async def aattempts(request: HttpRequest) -> JsonResponse:
    return await sync_to_async(attempts)(request)


def one_attempt(request: HttpRequest, operation: str) -> HttpResponse:
    """One operation, whose error is left to Django."""
    with acting(whose(request)):
        OPERATIONS[operation](default_storage, json.loads(request.body))
    return HttpResponse("done")


async def aone_attempt(request: HttpRequest, operation: str) -> HttpResponse:
    return await sync_to_async(one_attempt)(request, operation)


def read(request: HttpRequest) -> HttpResponse:
    with acting(whose(request)):
        return HttpResponse(default_storage.open("plan.pdf").read())


def save(request: HttpRequest) -> HttpResponse:
    with acting(whose(request)):
        return HttpResponse(default_storage.save("new.pdf", ContentFile(request.body)))


async def asave(request: HttpRequest) -> HttpResponse:
    return await sync_to_async(save, thread_sensitive=False)(request)


def stream(request: HttpRequest) -> StreamingHttpResponse:
    """The file is opened anew at each step, which shows where the step runs."""
    tenant = whose(request)

    def piece(number: int) -> bytes:
        with acting(tenant), default_storage.open("plan.pdf") as file:
            file.seek(number * PIECE)
            return file.read(PIECE)

    def body() -> Iterator[bytes]:
        number = 0
        while data := piece(number):
            number += 1
            yield data

    return StreamingHttpResponse(body())


async def astream(request: HttpRequest) -> StreamingHttpResponse:
    async def body() -> AsyncIterator[bytes]:
        number, tenant = 0, whose(request)

        def piece() -> bytes:
            with acting(tenant), default_storage.open("plan.pdf") as file:
                file.seek(number * PIECE)
                return file.read(PIECE)

        while data := await sync_to_async(piece, thread_sensitive=False)():
            number += 1
            await asyncio.sleep(0)
            yield data

    return StreamingHttpResponse(body())


def download(request: HttpRequest) -> FileResponse:
    with acting(whose(request)):
        return FileResponse(default_storage.open("plan.pdf"))


def fail(request: HttpRequest) -> HttpResponse:
    """Fails with a tenant open, in the way that a generator leaves one open."""
    use_tenant("own").__enter__()
    with acting(whose(request)):
        raise RuntimeError("the view failed")


def elsewhere(request: HttpRequest) -> HttpResponse:
    """Looks into a tenant that it names outright, and goes on in its own."""
    with use_tenant("own"), acting("own"):
        theirs = default_storage.open("plan.pdf").read()
    with acting(whose(request)):
        mine = default_storage.open("plan.pdf").read()
    return JsonResponse({"theirs": theirs.decode(), "mine": mine.decode()})


def other_schema(request: HttpRequest) -> JsonResponse:
    """Looks into another schema and comes back."""
    with schema_context("globex"), acting("globex"):
        theirs = default_storage.open("plan.pdf").read()
    with acting(whose(request)):
        mine = default_storage.open("plan.pdf").read()
    return JsonResponse({"theirs": theirs.decode(), "mine": mine.decode()})


def fail_in_schema(request: HttpRequest) -> HttpResponse:
    """Fails with the connection on another schema than its own."""
    connection.set_schema("globex" if whose(request) == "acme" else "acme")
    raise RuntimeError("the view failed")


urlpatterns = [
    path("attempts", attempts),
    path("aattempts", aattempts),
    path("attempts/<operation>", one_attempt),
    path("aattempts/<operation>", aone_attempt),
    path("read", read),
    path("save", save),
    path("asave", asave),
    path("stream", stream),
    path("astream", astream),
    path("download", download),
    path("fail", fail),
    path("elsewhere", elsewhere),
    path("other-schema", other_schema),
    path("fail-in-schema", fail_in_schema),
]

"""Pages that show which tenant each step of an answer runs in."""

import asyncio
import io
from collections.abc import AsyncIterator, Callable, Iterator

from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import path

from tenant_minio import current_tenant

log: list[object] = []
"""What bodies and closers note when they end."""

meetings: dict[str, Callable[[], object]] = {}
"""What concurrent requests wait for, by name."""


def note(what: str) -> None:
    log.append((what, current_tenant()))


def who(_request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(current_tenant()))


async def awho(_request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(current_tenant()))


def fail(_request: HttpRequest) -> HttpResponse:
    raise RuntimeError(f"the view of {current_tenant()} failed")


async def meet(_request: HttpRequest) -> HttpResponse:
    before = current_tenant()
    wait = meetings["wait"]
    await wait()  # type: ignore[misc]
    return HttpResponse(f"{before},{current_tenant()}")


class Source(io.BytesIO):
    """A file that notes where it is read and closed."""

    def read(self, size: int | None = -1) -> bytes:
        note("read")
        return super().read(size)

    def close(self) -> None:
        if not self.closed:
            note("closed")
        super().close()


def steps() -> Iterator[str]:
    try:
        for _ in range(3):
            yield f"{current_tenant()},"
    finally:
        note("body ended")


async def asteps() -> AsyncIterator[str]:
    try:
        for _ in range(3):
            await asyncio.sleep(0)
            yield f"{current_tenant()},"
    finally:
        note("body ended")


def stream(_request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(steps())


async def astream(_request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(asteps())


def stream_source(_request: HttpRequest) -> StreamingHttpResponse:
    """A body that is read from something that must be closed after it."""
    response = StreamingHttpResponse(steps())
    source = Source(b"data")
    response._resource_closers.append(source.close)
    return response


def stream_failing(_request: HttpRequest) -> StreamingHttpResponse:
    def body() -> Iterator[str]:
        yield f"{current_tenant()},"
        raise ValueError(current_tenant())

    return StreamingHttpResponse(body())


def stream_list(_request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(["a", "b", "c"])


def file(_request: HttpRequest) -> FileResponse:
    return FileResponse(Source(b"x" * 10_000), filename="plan.pdf")


urlpatterns = [
    path("who", who),
    path("awho", awho),
    path("fail", fail),
    path("meet", meet),
    path("stream", stream),
    path("astream", astream),
    path("stream-source", stream_source),
    path("stream-failing", stream_failing),
    path("stream-list", stream_list),
    path("file", file),
    path("healthz", who),
    path("healthz/deep", who),
    path("admin", who),
    path("admin/", who),
    path("admin/users/", who),
    path("administration", who),
]

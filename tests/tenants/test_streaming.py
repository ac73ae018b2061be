"""Streaming bodies are produced, and closed, inside the tenant of their request."""

import asyncio
from contextlib import aclosing
from typing import Any

import pytest
from django.http import HttpRequest, StreamingHttpResponse
from django.test import RequestFactory

from tenant_minio import current_tenant, use_tenant
from tenant_minio.middleware import TenantMiddleware

from . import urls
from .clients import aget, get

pytestmark = pytest.mark.usefixtures("site")


def test_body_is_produced_inside_step_by_step_while_the_consumer_is_elsewhere() -> None:
    response = get("/stream")
    seen = []
    with use_tenant("globex"):
        for part in response.streaming_content:
            seen.append((part, current_tenant()))
            # Nothing is produced before it is asked for.
            assert urls.log == []
            if len(seen) == 3:
                break
    response.close()
    assert seen == [(b"acme,", "globex")] * 3


def test_two_bodies_that_are_consumed_in_turn_keep_their_tenants() -> None:
    one, other = get("/stream"), get("/stream", "globex.localhost")
    pairs = list(zip(one.streaming_content, other.streaming_content, strict=True))
    assert pairs == [(b"acme,", b"globex,")] * 3
    one.close()
    other.close()


async def test_async_body_is_produced_inside_step_by_step() -> None:
    response = await aget("/astream")
    seen = []
    with use_tenant("globex"):
        async for part in response:
            seen.append((part, current_tenant()))
            assert urls.log == []
            await asyncio.sleep(0)
    assert seen == [(b"acme,", "globex")] * 3
    assert urls.log == [("body ended", "acme")]


async def test_async_bodies_of_many_tenants_are_consumed_at_once() -> None:
    keys = [f"tenant-{number}" for number in range(8)]

    async def consume(key: str) -> bytes:
        response = await aget("/astream", f"{key}.localhost")
        with use_tenant(f"consumer of {key}"):
            return b"".join([part async for part in response])

    assert await asyncio.gather(*map(consume, keys)) == [f"{key},".encode() * 3 for key in keys]


async def test_async_body_that_is_closed_early_ends_inside() -> None:
    """Past the test client, which puts an iterator of its own around the body."""
    request = RequestFactory().get("/", headers={"host": "acme.localhost"})
    response: Any = await TenantMiddleware(urls.astream)(request)  # type: ignore[misc]
    with use_tenant("globex"):
        async with aclosing(response._iterator) as body:
            assert await anext(body) == "acme,"
            assert urls.log == []
        assert urls.log == [("body ended", "acme")]


def test_body_that_is_closed_early_ends_inside() -> None:
    response = get("/stream")
    with use_tenant("globex"):
        assert next(iter(response.streaming_content)) == b"acme,"
        response.close()
        assert current_tenant() == "globex"
    assert urls.log == [("body ended", "acme")]


def test_body_ends_before_what_it_reads_from_is_closed() -> None:
    response = get("/stream-source")
    with use_tenant("globex"):
        assert next(iter(response)) == b"acme,"
        response.close()
    assert urls.log == [("body ended", "acme"), ("closed", "acme")]


def test_response_that_nobody_reads_is_closed_inside() -> None:
    with use_tenant("globex"):
        get("/stream-source").close()
    assert urls.log == [("closed", "acme")]


def test_error_of_the_body_comes_out_with_its_tenant() -> None:
    response = get("/stream-failing")
    with use_tenant("globex"):
        with pytest.raises(ValueError, match="acme"):
            list(response)
        assert current_tenant() == "globex"
    response.close()


def test_file_is_read_and_closed_inside() -> None:
    response = get("/file")
    assert response["Content-Length"] == "10000"
    with use_tenant("globex"):
        assert response.getvalue() == b"x" * 10_000
        response.close()
    assert set(urls.log) == {("read", "acme"), ("closed", "acme")}


def test_server_is_not_offered_the_file_itself() -> None:
    """A server that reads it by ``wsgi.file_wrapper`` would do so outside the tenant."""
    response = get("/file")
    assert response.file_to_stream is None
    response.close()


def test_body_may_be_a_plain_list() -> None:
    response = get("/stream-list")
    assert list(response) == [b"a", b"b", b"c"]
    response.close()


def test_client_reads_the_whole_body() -> None:
    assert get("/stream").getvalue() == b"acme,acme,acme,"


@pytest.mark.parametrize(
    ("path", "body"), [("/stream", b"acme,acme,acme,"), ("/file", b"x" * 10_000)]
)
async def test_sync_body_is_produced_inside_under_asgi(path: str, body: bytes) -> None:
    response = await aget(path)
    with use_tenant("globex"), pytest.warns(Warning, match="must consume synchronous iterators"):
        assert b"".join([part async for part in response]) == body
    assert {tenant for _what, tenant in urls.log} == {"acme"}
    response.close()


def test_async_body_is_produced_inside_under_wsgi() -> None:
    response = get("/astream")
    with use_tenant("globex"), pytest.warns(Warning, match="must consume asynchronous iterators"):
        assert b"".join(response) == b"acme,acme,acme,"
    assert urls.log == [("body ended", "acme")]


async def test_cancelled_consumer_ends_the_async_body_inside() -> None:
    waiting = asyncio.Event()

    async def body() -> Any:
        try:
            waiting.set()
            await asyncio.Event().wait()
            yield ""
        except asyncio.CancelledError:
            urls.note("cancelled")
            raise

    async def view(_request: HttpRequest) -> StreamingHttpResponse:
        return StreamingHttpResponse(body())

    async def serve() -> None:
        request = RequestFactory().get("/", headers={"host": "acme.localhost"})
        response: Any = await TenantMiddleware(view)(request)  # type: ignore[misc]
        with use_tenant("globex"):
            assert [part async for part in response] == ["never"]

    task = asyncio.ensure_future(serve())
    await waiting.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert urls.log == [("cancelled", "acme")]


async def test_async_body_may_be_an_iterator_that_is_no_generator() -> None:
    class Body:
        def __init__(self) -> None:
            self.left = 2

        def __aiter__(self) -> "Body":
            urls.note("begun")
            return self

        async def __anext__(self) -> str:
            if not self.left:
                raise StopAsyncIteration
            self.left -= 1
            return str(current_tenant())

    async def view(_request: HttpRequest) -> StreamingHttpResponse:
        return StreamingHttpResponse(Body())

    request = RequestFactory().get("/", headers={"host": "acme.localhost"})
    response: Any = await TenantMiddleware(view)(request)  # type: ignore[misc]
    with use_tenant("globex"):
        assert [part async for part in response] == [b"acme", b"acme"]
    assert set(urls.log) == {("begun", "acme")}


@pytest.mark.parametrize(
    "settings", [{"PASS_THROUGH": ["/stream", "/astream"]}, {"REQUIRE_TENANT": False}], ids=str
)
async def test_body_of_a_request_without_tenant_is_produced_without_one(
    site: Any, settings: dict[str, Any]
) -> None:
    site(**settings)
    host = "acme.localhost" if "PASS_THROUGH" in settings else "testserver"
    response = await asyncio.to_thread(get, "/stream", host)
    streamed = await aget("/astream", host)
    with use_tenant("globex"):
        assert list(response.streaming_content) == [b"None,"] * 3
        response.close()
        assert [part async for part in streamed] == [b"None,"] * 3
    assert urls.log == [("body ended", None)] * 2

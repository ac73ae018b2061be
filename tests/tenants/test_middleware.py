"""TenantMiddleware: each request inside its tenant, under WSGI and ASGI."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from tenant_minio import current_tenant, use_tenant
from tenant_minio.exceptions import InvalidTenantError
from tenant_minio.middleware import TenantMiddleware

from . import urls
from .clients import aget, get

Site = Callable[..., None]
Get = Callable[..., Awaitable[HttpResponse]]

pytestmark = pytest.mark.usefixtures("site")


async def _get_sync(path: str, host: str = "acme.localhost") -> Any:
    # A thread without a loop, as under WSGI.
    return await asyncio.to_thread(get, path, host)


both_ways = pytest.mark.parametrize("ask", [_get_sync, aget], ids=["wsgi", "asgi"])


@both_ways
@pytest.mark.parametrize("path", ["/who", "/awho"])
async def test_view_runs_inside_the_tenant_of_its_request(ask: Get, path: str) -> None:
    assert (await ask(path)).content == b"acme"
    assert (await ask(path, "globex.localhost:8000")).content == b"globex"
    assert current_tenant() is None


@pytest.mark.parametrize("path", ["/who", "/awho", "/fail", "/none"])
def test_tenant_ends_with_the_request(path: str) -> None:
    with use_tenant("outer"):
        get(path, raise_request_exception=False)
        assert current_tenant() == "outer"


async def test_tenant_ends_with_the_async_request() -> None:
    for path in ("/who", "/awho", "/fail", "/none"):
        await aget(path, raise_request_exception=False)
        assert current_tenant() is None


@both_ways
async def test_error_of_the_view_comes_through(ask: Get) -> None:
    with pytest.raises(RuntimeError, match="the view of acme failed"):
        await ask("/fail")
    assert current_tenant() is None


def test_exception_that_leaves_the_middleware_leaves_no_tenant() -> None:
    def view(_request: HttpRequest) -> HttpResponse:
        raise KeyboardInterrupt(current_tenant())

    middleware = TenantMiddleware(view)
    with pytest.raises(KeyboardInterrupt, match="acme"):
        middleware(RequestFactory().get("/", headers={"host": "acme.localhost"}))
    assert current_tenant() is None


async def test_cancelled_request_leaves_no_tenant() -> None:
    started = asyncio.Event()
    seen: list[str | None] = []

    async def view(_request: HttpRequest) -> HttpResponse:
        started.set()
        await asyncio.Event().wait()
        return HttpResponse()

    async def serve() -> None:
        request = RequestFactory().get("/", headers={"host": "acme.localhost"})
        try:
            await TenantMiddleware(view)(request)  # type: ignore[misc]
        finally:
            seen.append(current_tenant())

    task = asyncio.ensure_future(serve())
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert seen == [None]


@both_ways
@pytest.mark.parametrize(
    "settings",
    [
        {"EXISTS": lambda key: key == "acme"},
        {"TENANTS": lambda: ["acme"]},
        {"TENANTS": lambda: iter(["acme"])},
        {"EXISTS": lambda key: key == "acme", "TENANTS": lambda: ["globex"]},
    ],
    ids=["exists", "tenants", "iterator", "exists before tenants"],
)
async def test_unknown_tenant_is_not_found(site: Site, ask: Get, settings: dict[str, Any]) -> None:
    site(**settings)
    assert (await ask("/who")).status_code == 200
    response = await ask("/who", "globex.localhost")
    assert response.status_code == 404
    assert current_tenant() is None


@both_ways
async def test_request_without_a_tenant_is_not_found(ask: Get) -> None:
    for host in ("localhost", "testserver", "www.localhost", "a.b.localhost", "127.0.0.1"):
        assert (await ask("/who", host)).status_code in {400, 404}, host
    assert (await ask("/who", "testserver")).status_code == 404


@both_ways
async def test_request_without_a_tenant_goes_on_where_none_is_required(
    site: Site, ask: Get
) -> None:
    site(REQUIRE_TENANT=False, EXISTS=lambda key: key == "acme")
    assert (await ask("/who", "testserver")).content == b"None"
    assert (await ask("/awho", "testserver")).content == b"None"
    assert (await ask("/who")).content == b"acme"
    assert (await ask("/who", "globex.localhost")).status_code == 404


@both_ways
@pytest.mark.parametrize(
    ("path", "status"),
    [
        *[("/healthz", 200), ("/healthz/deep", 404), ("/healthz?x=1", 200)],
        *[("/admin/", 200), ("/admin/users/", 200), ("/admin", 404), ("/administration", 404)],
        ("/who", 404),
    ],
)
async def test_pass_through_names_a_path_or_a_folder(
    site: Site, ask: Get, path: str, status: int
) -> None:
    site(PASS_THROUGH=["/healthz", "/admin/"])
    response = await ask(path, "testserver")
    assert response.status_code == status
    assert status == 404 or response.content == b"None"


@both_ways
async def test_path_that_passes_has_no_tenant_even_where_one_is_named(site: Site, ask: Get) -> None:
    site(PASS_THROUGH=["/healthz"], EXISTS=lambda _key: False)
    assert (await ask("/healthz")).content == b"None"


async def _slow(request: HttpRequest) -> str | None:
    await asyncio.sleep(0)
    return request.GET.get("tenant")


@both_ways
async def test_first_resolver_that_knows_decides(site: Site, ask: Get) -> None:
    site(
        RESOLVERS=[
            lambda request: request.GET.get("first"),
            lambda _request: "",
            "tenant_minio.tenants.resolvers.SubdomainResolver",
            lambda _request: "last",
        ]
    )
    assert (await ask("/who?first=globex")).content == b"globex"
    assert (await ask("/who")).content == b"acme"
    assert (await ask("/who", "testserver")).content == b"last"


@both_ways
async def test_async_resolver_is_awaited(site: Site, ask: Get) -> None:
    site(RESOLVERS=[_slow])
    assert (await ask("/awho?tenant=globex")).content == b"globex"


async def test_concurrent_requests_never_see_anothers_tenant(site: Site) -> None:
    keys = [f"tenant-{number}" for number in range(12)]
    ready = asyncio.Event()
    waiting = 0

    async def resolve(request: HttpRequest) -> str | None:
        await asyncio.sleep(0)
        return request.get_host().partition(".")[0]

    async def wait() -> None:
        nonlocal waiting
        waiting += 1
        if waiting == len(keys):
            ready.set()
        await ready.wait()

    site(RESOLVERS=[resolve])
    urls.meetings["wait"] = wait
    found = await asyncio.gather(*[aget("/meet", f"{key}.localhost") for key in keys])
    assert [response.content.decode() for response in found] == [f"{key},{key}" for key in keys]
    assert current_tenant() is None


class _Left:
    """Blocks that a view left open, as a generator around a ``yield`` or a traceback keeps them."""

    def __init__(self) -> None:
        self.open: list[use_tenant] = []

    def __call__(self, request: HttpRequest) -> HttpResponse:
        before = str(current_tenant())
        block = use_tenant("left open")
        block.__enter__()
        self.open.append(block)
        if "fail" in request.GET:
            raise ValueError("after that")
        return HttpResponse(before)

    async def acall(self, request: HttpRequest) -> HttpResponse:
        return self(request)


CASES = [("/healthz", "None"), ("/", "None"), ("/acme/x", "acme"), ("/globex/x", "globex")]
BY_PATH = ["tenant_minio.tenants.resolvers.PathResolver"]


@pytest.mark.parametrize("before", [None, "outer"])
async def test_tenant_that_a_view_left_open_reaches_no_other_request(
    site: Site, before: str | None
) -> None:
    site(RESOLVERS=BY_PATH, PASS_THROUGH=["/healthz"], REQUIRE_TENANT=False)
    view = _Left()

    async def requests() -> None:
        plain, awaited = TenantMiddleware(view), TenantMiddleware(view.acall)
        for path, key in [*CASES, *CASES]:
            request = RequestFactory().get(path)
            assert plain(request).content.decode() == key, path
            assert current_tenant() == before
            assert (await awaited(request)).content.decode() == key, path
            assert current_tenant() == before
            with pytest.raises(ValueError, match="after that"):
                plain(RequestFactory().get(path + "?fail"))
            with pytest.raises(ValueError, match="after that"):
                await awaited(RequestFactory().get(path + "?fail"))
            assert current_tenant() == before

    if before is None:
        await requests()
    else:
        async with use_tenant(before):
            await requests()
    assert current_tenant() is None


def test_request_does_not_inherit_the_tenant_of_its_thread(site: Site) -> None:
    """Neither its view nor its resolvers: a tenant found there would be that of another."""
    site(RESOLVERS=[lambda _request: current_tenant()], REQUIRE_TENANT=False)
    with use_tenant("left open"):
        assert get("/who").content == b"None"
        site(PASS_THROUGH=["/healthz"])
        assert get("/healthz").content == b"None"
        assert current_tenant() == "left open"


@both_ways
@pytest.mark.parametrize("answer", [7, UUID(int=7)], ids=["number", "uuid"])
async def test_resolver_may_answer_with_a_primary_key(site: Site, ask: Get, answer: object) -> None:
    site(RESOLVERS=[lambda _request: answer])
    assert (await ask("/who")).content.decode() == str(answer)


@both_ways
@pytest.mark.parametrize("answer", [True, 1.5, b"acme", ...], ids=repr)
async def test_resolver_that_answers_what_is_no_key_is_named(
    site: Site, ask: Get, answer: object
) -> None:
    def careless(_request: HttpRequest) -> Any:
        return answer

    site(RESOLVERS=[careless])
    with pytest.raises(InvalidTenantError, match="careless"):
        await ask("/who")

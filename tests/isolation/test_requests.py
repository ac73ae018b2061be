"""Requests through the middleware, under WSGI and ASGI, judged by the servers' logs."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.test import Client

from tenant_minio import current_tenant, use_tenant
from tests.tenants.clients import HostClient, aget, get

from .conftest import World
from .labels import acting
from .pages import PIECE
from .test_threads import meet_before_sending

TENANTS = ["acme", "acme2", "own", "far"]

pytestmark = pytest.mark.usefixtures("site")


def host(tenant: str) -> str:
    return f"{tenant}.localhost"


def pieces(tenant: str) -> list[bytes]:
    """A file of three pieces and a bit, each other than the rest."""
    return [f"{tenant}{number}".encode().ljust(PIECE, b".") for number in range(3)] + [b"end"]


@pytest.fixture
def stored(world: World) -> World:
    for tenant in TENANTS:
        world.put(tenant, "plan.pdf", b"".join(pieces(tenant)))
    return world


def test_streams_that_are_consumed_in_turn_read_their_own_files(stored: World) -> None:
    """Each piece is another request to the cluster, made while a third tenant consumes."""
    bodies = {tenant: iter(get("/stream", host(tenant))) for tenant in TENANTS}
    for number in range(4):
        for tenant, consumer in zip(TENANTS, [*TENANTS[1:], TENANTS[0]], strict=True):
            with acting(consumer), use_tenant(consumer):
                assert next(bodies[tenant]) == pieces(tenant)[number]
                assert stored.storage.exists("plan.pdf")
    assert min(stored.judge.counts()[tenant, "get"] for tenant in TENANTS) >= 4


async def test_async_streams_that_are_consumed_in_turn_read_their_own_files(stored: World) -> None:
    bodies = {tenant: aiter(await aget("/astream", host(tenant))) for tenant in TENANTS}
    for number in range(4):
        for tenant, consumer in zip(TENANTS, [*TENANTS[1:], TENANTS[0]], strict=True):
            async with use_tenant(consumer):
                assert await anext(bodies[tenant]) == pieces(tenant)[number]


async def test_async_streams_of_many_tenants_at_once(stored: World) -> None:
    async def consume(tenant: str) -> list[bytes]:
        response = await aget("/astream", host(tenant))
        async with use_tenant("nobody"):
            return [piece async for piece in response]

    asked = TENANTS * 4
    assert await asyncio.gather(*map(consume, asked)) == [pieces(tenant) for tenant in asked]


def test_download_is_read_and_closed_in_its_own_place(stored: World) -> None:
    """What is beyond the first window is fetched while the server sends it."""
    downloads = {tenant: get("/download", host(tenant)) for tenant in TENANTS}
    bodies = {tenant: iter(response) for tenant, response in downloads.items()}
    found = dict.fromkeys(TENANTS, b"")
    while bodies:
        for tenant, body in list(bodies.items()):
            # The harness acts for whose download it is; the context says another.
            with acting(tenant), use_tenant("nobody"):
                piece = next(body, None)
            if piece is None:
                del bodies[tenant]
            else:
                found[tenant] += piece
    assert found == {tenant: b"".join(pieces(tenant)) for tenant in TENANTS}
    for response in downloads.values():
        response.close()


def test_requests_in_threads_leave_together_for_their_own_places(world: World) -> None:
    met = meet_before_sending(world, len(TENANTS), "PUT")

    def post(tenant: str) -> bytes:
        answer = Client(headers={"host": host(tenant)}).post("/save", tenant, "text/plain")
        assert current_tenant() is None
        return answer.content

    with ThreadPoolExecutor(len(TENANTS)) as pool:
        assert list(pool.map(post, TENANTS)) == [b"new.pdf"] * len(TENANTS)
    assert len(met) == len(TENANTS)
    world.judge.labels.gate = None
    assert world.truth() == world.expected({t: {"new.pdf": t.encode()} for t in TENANTS})


async def test_async_requests_leave_together_for_their_own_places(world: World) -> None:
    met = meet_before_sending(world, len(TENANTS), "PUT")

    async def post(tenant: str) -> bytes:
        answer = await HostClient(host(tenant)).post("/asave", tenant, "text/plain")
        return answer.content

    with ThreadPoolExecutor(len(TENANTS)) as pool:
        asyncio.get_running_loop().set_default_executor(pool)
        found = await asyncio.gather(*map(post, TENANTS))
    assert found == [b"new.pdf"] * len(TENANTS)
    assert len(met) == len(TENANTS)
    world.judge.labels.gate = None
    assert world.truth() == world.expected({t: {"new.pdf": t.encode()} for t in TENANTS})


@pytest.mark.parametrize("first", TENANTS)
def test_view_that_fails_inside_another_tenant_leaves_nothing_behind(
    stored: World, first: str
) -> None:
    """The same thread answers the next request."""
    for tenant in (first, *TENANTS):
        assert get("/fail", host(first), raise_request_exception=False).status_code == 500
        assert current_tenant() is None
        assert get("/read", host(tenant)).content == b"".join(pieces(tenant))


async def test_async_view_that_fails_leaves_nothing_behind(stored: World) -> None:
    for tenant in TENANTS:
        failed = await aget("/fail", host("acme"), raise_request_exception=False)
        assert failed.status_code == 500
        assert (await aget("/read", host(tenant))).content == b"".join(pieces(tenant))


def test_view_that_names_another_tenant_comes_back_to_its_own(world: World) -> None:
    for tenant in TENANTS:
        world.put(tenant, "plan.pdf", tenant.encode())
    for tenant in TENANTS:
        assert get("/elsewhere", host(tenant)).json() == {"theirs": "own", "mine": tenant}


def test_request_of_nobody_reaches_no_server(world: World) -> None:
    assert get("/read", "localhost").status_code == 404
    world.expect_silence()

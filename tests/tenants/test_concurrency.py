"""Threads and tasks never see another's tenant."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.dispatch import Signal

from tenant_minio import current_tenant, use_tenant

KEYS = [f"tenant-{number}" for number in range(8)]


def test_threads_that_meet_inside_their_blocks_see_their_own() -> None:
    barrier = threading.Barrier(len(KEYS), timeout=30)
    shared = {key: use_tenant(key) for key in ("even", "odd")}

    def work(number: int, key: str) -> list[str | None]:
        seen = []
        with use_tenant(key):
            barrier.wait()
            seen.append(current_tenant())
            # One object is entered by half of the threads at the same time.
            with shared["odd" if number % 2 else "even"]:
                barrier.wait()
                seen.append(current_tenant())
            barrier.wait()
            seen.append(current_tenant())
        barrier.wait()
        return [*seen, current_tenant()]

    with ThreadPoolExecutor(len(KEYS)) as pool:
        found = list(pool.map(work, range(len(KEYS)), KEYS))
    assert found == [
        [key, "odd" if number % 2 else "even", key, None] for number, key in enumerate(KEYS)
    ]


def test_new_thread_and_pool_inherit_nothing() -> None:
    with ThreadPoolExecutor(1) as pool, use_tenant("acme"):
        assert pool.submit(current_tenant).result() is None
        assert pool.submit(copy_context().run, current_tenant).result() == "acme"
        assert pool.submit(current_tenant).result() is None


def test_tenant_that_a_thread_left_open_stays_in_that_thread() -> None:
    with ThreadPoolExecutor(1) as pool:
        pool.submit(use_tenant("acme").__enter__).result()
        assert current_tenant() is None


class Meeting:
    """Lets tasks go on when all have come, and can be used again."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.waiting = 0
        self.event = asyncio.Event()

    async def wait(self) -> None:
        self.waiting += 1
        event = self.event
        if self.waiting == self.size:
            self.waiting, self.event = 0, asyncio.Event()
            event.set()
        await event.wait()


async def test_tasks_that_meet_inside_their_blocks_see_their_own() -> None:
    meeting = Meeting(len(KEYS))
    acme = use_tenant("shared")

    async def work(key: str) -> list[str | None]:
        seen = []
        await meeting.wait()
        async with use_tenant(key):
            await meeting.wait()
            seen.append(current_tenant())
            with acme:
                await meeting.wait()
                seen.append(current_tenant())
            await meeting.wait()
            seen.append(await sync_to_async(current_tenant)())
            seen.append(await asyncio.to_thread(current_tenant))
        await meeting.wait()
        return [*seen, current_tenant()]

    found = await asyncio.gather(*map(work, KEYS))
    assert found == [[key, "shared", key, key, None] for key in KEYS]


async def test_decorated_coroutines_that_meet_see_their_own() -> None:
    meeting = Meeting(len(KEYS))

    def make(key: str) -> asyncio.Task[list[str | None]]:
        @use_tenant(key)
        async def work() -> list[str | None]:
            before = current_tenant()
            await meeting.wait()
            return [before, current_tenant()]

        return asyncio.ensure_future(work())

    assert await asyncio.gather(*map(make, KEYS)) == [[key, key] for key in KEYS]
    assert current_tenant() is None


async def test_cancelled_task_leaves_no_tenant_behind() -> None:
    started = asyncio.Event()
    seen: list[str | None] = []

    async def work() -> None:
        try:
            async with use_tenant("acme"):
                started.set()
                await asyncio.Event().wait()
        finally:
            seen.append(current_tenant())

    task = asyncio.ensure_future(work())
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert seen == [None]


async def test_task_keeps_the_tenant_it_was_made_in() -> None:
    begin = asyncio.Event()

    async def later() -> str | None:
        await begin.wait()
        return current_tenant()

    with use_tenant("acme"):
        task = asyncio.ensure_future(later())
    with use_tenant("globex"):
        begin.set()
        assert await task == "acme"


async def test_tenant_set_in_a_thread_does_not_come_back() -> None:
    def inside() -> str | None:
        with use_tenant("globex"):
            return current_tenant()

    with use_tenant("acme"):
        assert await sync_to_async(inside)() == "globex"
        assert current_tenant() == "acme"


def test_async_code_called_from_sync_code_inherits_the_tenant() -> None:
    async def inside() -> str | None:
        await asyncio.sleep(0)
        return current_tenant()

    with use_tenant("acme"):
        assert async_to_sync(inside)() == "acme"
    assert async_to_sync(inside)() is None


async def test_receivers_of_signals_sent_at_once_see_their_senders_tenant() -> None:
    """Django awaits async receivers, and runs plain ones in a thread."""
    signal = Signal()
    seen: list[tuple[str, str, str | None]] = []

    async def awaited(key: str, **_kwargs: object) -> None:
        await asyncio.sleep(0)
        seen.append(("awaited", key, current_tenant()))

    def plain(key: str, **_kwargs: object) -> None:
        seen.append(("plain", key, current_tenant()))

    signal.connect(awaited)
    signal.connect(plain)

    async def send(key: str) -> None:
        async with use_tenant(key):
            await signal.asend(None, key=key)
            assert current_tenant() == key

    keys = [f"t{number}" for number in range(20)]
    await asyncio.gather(*map(send, keys))
    assert sorted(seen) == sorted((kind, key, key) for key in keys for kind in ("awaited", "plain"))

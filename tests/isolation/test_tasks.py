"""asyncio tasks that meet at the risky points, judged by the servers' logs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from asgiref.sync import sync_to_async
from django.core.files.base import ContentFile

from tenant_minio import current_tenant, use_tenant

from .conftest import World
from .labels import acting
from .test_threads import LARGE, MANY, meet_before_sending


@contextmanager
def threads(size: int) -> Iterator[Any]:
    """Run calls in threads enough for all to wait at once, with the context of the task."""
    with ThreadPoolExecutor(size) as pool:

        def call(tenant: str, work: Any, *arguments: Any) -> Any:
            def labelled() -> Any:
                with acting(tenant):
                    return work(*arguments)

            return sync_to_async(labelled, thread_sensitive=False, executor=pool)()

        yield call


async def test_gathered_tasks_stay_in_their_own_places(world: World) -> None:
    """They meet once in the loop with their tenants chosen, and once where requests leave."""
    meeting = asyncio.Barrier(len(MANY))
    met = meet_before_sending(world, len(MANY), "PUT")

    async def work(tenant: str, call: Any) -> bytes:
        async with use_tenant(tenant):
            await meeting.wait()
            await call(tenant, world.storage.save, "plan.pdf", ContentFile(tenant.encode()))
            await meeting.wait()
            data = await call(tenant, lambda: world.storage.open("plan.pdf").read())
            assert current_tenant() == tenant
        return data

    with threads(len(MANY)) as call:
        found = await asyncio.gather(*[work(tenant, call) for tenant in MANY])
    assert found == [tenant.encode() for tenant in MANY]
    assert len(met) == len(MANY)
    world.judge.labels.gate = None
    assert world.truth() == world.expected({t: {"plan.pdf": t.encode()} for t in MANY})


async def test_storage_called_in_the_loop_itself(world: World) -> None:
    """It blocks, which is unwise, but never mixes: tasks change between their calls only."""
    meeting = asyncio.Barrier(len(MANY))

    async def work(tenant: str) -> bytes:
        with use_tenant(tenant):
            await meeting.wait()
            with acting(tenant):
                world.storage.save("plan.pdf", ContentFile(tenant.encode()))
            await meeting.wait()
            with acting(tenant):
                return world.storage.open("plan.pdf").read()

    found = await asyncio.gather(*map(work, MANY))
    assert found == [tenant.encode() for tenant in MANY]


async def test_open_file_is_read_on_by_a_task_of_another_tenant(world: World) -> None:
    for tenant in ("acme", "acme2"):
        world.put(tenant, "plan.pdf", tenant.encode() * LARGE)
    with threads(2) as call:
        async with use_tenant("acme"):
            file = await call("acme", world.storage.open, "plan.pdf")

        async def read_on() -> bytes:
            async with use_tenant("acme2"):
                return await call("acme", file.read)

        assert await asyncio.create_task(read_on()) == b"acme" * LARGE
        await call("acme", file.close)


async def test_task_made_inside_keeps_its_tenant_while_its_maker_goes_on(world: World) -> None:
    for tenant in ("acme", "acme2"):
        world.put(tenant, "plan.pdf", tenant.encode())
    go_on = asyncio.Event()
    with threads(4) as call:

        async def read(tenant: str) -> bytes:
            await go_on.wait()
            return await call(tenant, lambda: world.storage.open("plan.pdf").read())

        async with use_tenant("acme"):
            first = asyncio.create_task(read("acme"))
            async with asyncio.TaskGroup() as group, use_tenant("acme2"):
                second = group.create_task(read("acme2"))
                go_on.set()
        async with use_tenant("own"):
            assert (await first, await second) == (b"acme", b"acme2")


async def test_interleaved_async_generators_read_their_own_files(world: World) -> None:
    tenants = ["acme", "acme2", "own"]
    for tenant in tenants:
        world.put(tenant, "plan.pdf", tenant.encode())
    with threads(2) as call:

        def steps(tenant: str) -> AsyncIterator[bytes]:
            @use_tenant(tenant)
            async def body() -> AsyncIterator[bytes]:
                for _ in range(3):
                    yield await call(tenant, lambda: world.storage.open("plan.pdf").read())

            return body()

        bodies = {tenant: steps(tenant) for tenant in tenants}
        for _ in range(3):
            for tenant, consumer in zip(tenants, [*tenants[1:], tenants[0]], strict=True):
                async with use_tenant(consumer):
                    assert await anext(bodies[tenant]) == tenant.encode()
                    assert await call(consumer, world.storage.exists, "plan.pdf")
        for body in bodies.values():
            assert await anext(body, None) is None


async def test_cancelled_task_leaves_its_thread_without_a_tenant(world: World) -> None:
    """The next task in the same thread asks for its own."""
    for tenant in ("acme", "acme2"):
        world.put(tenant, "plan.pdf", tenant.encode())
    with threads(1) as call:
        started = asyncio.Event()

        async def cancelled() -> None:
            async with use_tenant("acme"):
                await call("acme", world.storage.exists, "plan.pdf")
                started.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(cancelled())
        await started.wait()
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        assert await call("acme2", current_tenant) is None
        async with use_tenant("acme2"):
            assert await call("acme2", lambda: world.storage.open("plan.pdf").read()) == b"acme2"

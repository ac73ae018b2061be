"""A decorated async generator, as test_generators does for plain ones."""

import asyncio
import gc
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

import pytest
from asgiref.sync import sync_to_async

from tenant_minio import current_tenant, use_tenant


async def _forever() -> AsyncIterator[str | None]:
    while True:
        yield current_tenant()
        await asyncio.sleep(0)


async def test_body_sees_its_tenant_and_the_consumer_its_own() -> None:
    @use_tenant("acme")
    async def body() -> AsyncIterator[str | None]:
        for _ in range(2):
            await asyncio.sleep(0)
            yield current_tenant()
        yield await sync_to_async(current_tenant)()
        yield await asyncio.to_thread(current_tenant)
        yield await asyncio.ensure_future(asyncio.sleep(0, current_tenant()))

    with use_tenant("globex"):
        seen = [(item, current_tenant()) async for item in body()]
    assert seen == [("acme", "globex")] * 5


async def test_two_interleaved_generators_keep_their_own() -> None:
    one, other = use_tenant("acme")(_forever)(), use_tenant("globex")(_forever)()
    async with aclosing(one), aclosing(other):
        seen = [await anext(generator) for generator in (one, other, other, one, one, other)]
    assert seen == ["acme", "globex", "globex", "acme", "acme", "globex"]
    assert current_tenant() is None


async def test_generators_of_concurrent_tasks_keep_their_own() -> None:
    async def consume(key: str) -> set[tuple[str | None, str | None]]:
        seen = set()
        async with aclosing(use_tenant(key)(_forever)()) as body:
            with use_tenant(f"consumer of {key}"):
                for _ in range(20):
                    seen.add((await anext(body), current_tenant()))
                    await asyncio.sleep(0)
        return seen

    keys = [f"tenant-{number}" for number in range(10)]
    found = await asyncio.gather(*map(consume, keys))
    assert found == [{(key, f"consumer of {key}")} for key in keys]


async def test_one_generator_may_be_stepped_by_many_tasks() -> None:
    async with aclosing(use_tenant("acme")(_forever)()) as body:
        assert [await asyncio.create_task(anext(body)) for _ in range(3)] == ["acme"] * 3


async def test_values_are_sent_and_thrown_inside() -> None:
    log: list[object] = []

    @use_tenant("acme")
    async def body(start: int) -> AsyncGenerator[str, object]:
        log.append((start, current_tenant()))
        got = yield "first"
        log.append((got, current_tenant()))
        try:
            yield "second"
        except KeyError as error:
            await asyncio.sleep(0)
            log.append((error.args, current_tenant()))
        yield "third"

    generator = body(7)
    assert await generator.asend(None) == "first"
    assert await generator.asend("hello") == "second"
    assert await generator.athrow(KeyError("k")) == "third"
    with pytest.raises(StopAsyncIteration):
        await anext(generator)
    with pytest.raises(StopAsyncIteration):
        await anext(generator)
    assert log == [(7, "acme"), ("hello", "acme"), (("k",), "acme")]


async def test_error_of_the_body_comes_out_and_leaves_no_tenant() -> None:
    @use_tenant("acme")
    async def body() -> AsyncIterator[int]:
        yield 1
        raise LookupError(current_tenant())

    with pytest.raises(LookupError, match="acme"):
        assert [item async for item in body()]
    assert current_tenant() is None


@pytest.mark.parametrize(
    "error", [ValueError("x"), StopAsyncIteration(), asyncio.CancelledError()], ids=repr
)
async def test_error_that_the_body_does_not_catch_comes_back(error: BaseException) -> None:
    ended = []

    @use_tenant("acme")
    async def body() -> AsyncGenerator[int, None]:
        try:
            yield 1
        finally:
            await asyncio.sleep(0)
            ended.append(current_tenant())

    generator = body()
    await anext(generator)
    expected = RuntimeError if isinstance(error, StopAsyncIteration) else type(error)
    with pytest.raises(expected):
        await generator.athrow(error)
    assert ended == ["acme"]


async def test_early_close_runs_finally_inside() -> None:
    ended = []

    @use_tenant("acme")
    async def body() -> AsyncGenerator[int, None]:
        try:
            yield 1
            ended.append("not reached")
        finally:
            await asyncio.sleep(0)
            ended.append(current_tenant())

    generator = body()
    with use_tenant("globex"):
        await anext(generator)
        await generator.aclose()
        await generator.aclose()
        assert current_tenant() == "globex"
    assert ended == ["acme"]


async def test_forgotten_generator_runs_finally_inside() -> None:
    ended: asyncio.Queue[str | None] = asyncio.Queue()

    @use_tenant("acme")
    async def body() -> AsyncGenerator[int, None]:
        try:
            yield 1
        finally:
            ended.put_nowait(current_tenant())

    with use_tenant("globex"):
        async for _ in body():
            break
        gc.collect()
        assert await asyncio.wait_for(ended.get(), 30) == "acme"


async def test_cancelled_consumer_ends_the_body_inside() -> None:
    ended = []
    waiting = asyncio.Event()

    @use_tenant("acme")
    async def body() -> AsyncGenerator[int, None]:
        try:
            waiting.set()
            await asyncio.Event().wait()
            yield 1
        except asyncio.CancelledError:
            ended.append(current_tenant())
            raise

    async def consume() -> None:
        with use_tenant("globex"):
            await anext(body())

    task = asyncio.ensure_future(consume())
    await waiting.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended == ["acme"]


async def test_timeout_inside_the_body_works() -> None:
    @use_tenant("acme")
    async def body() -> AsyncIterator[str | None]:
        try:
            async with asyncio.timeout(0):
                await asyncio.Event().wait()
        except TimeoutError:
            yield current_tenant()

    assert [item async for item in body()] == ["acme"]


async def test_generator_that_was_never_started_runs_nothing() -> None:
    ran = []

    @use_tenant("acme")
    async def body() -> AsyncGenerator[int, None]:
        ran.append(1)
        yield 1

    await body().aclose()
    assert ran == []

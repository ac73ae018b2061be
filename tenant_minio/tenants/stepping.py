"""Run generators and streaming bodies step by step in a context of their own.

A generator runs in the context of whoever asks for its next item (PEP 567 leaves it so), which
is how one tenant's body could be produced under another's name. Here each step is run by
``Context.run`` in the one context that belongs to the generator.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Generator, Iterable
from contextlib import AbstractContextManager
from contextvars import Context, copy_context
from functools import partial, wraps
from typing import Any


def _drive(steps: Any, context: Context) -> Generator[Any, Any, Any]:
    """Forward ``send``, ``throw`` and ``close`` to ``steps``, running each in ``context``."""
    resume: Callable[[], Any] = partial(context.run, steps.send, None)
    try:
        while True:
            item = resume()
            try:
                sent = yield item
            except GeneratorExit:
                context.run(steps.close)
                raise
            except BaseException as error:  # noqa: BLE001 -- whatever it is, it is passed on
                resume = partial(context.run, steps.throw, error)
            else:
                resume = partial(context.run, steps.send, sent)
    except StopIteration as stop:
        return stop.value


class _Stepped:
    """An awaitable whose every step runs in ``context``."""

    def __init__(self, awaitable: Awaitable[Any], context: Context) -> None:
        self.awaitable = awaitable
        self.context = context

    def __await__(self) -> Generator[Any, Any, Any]:
        return (yield from _drive(self.awaitable.__await__(), self.context))


def wrap_generator(
    manager: AbstractContextManager[Any], function: Callable[..., Any]
) -> Callable[..., Any]:
    """Decorate a generator function: its body runs inside ``manager``, its consumer does not."""

    @wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        context = copy_context()
        context.run(manager.__enter__)
        return (yield from _drive(context.run(function, *args, **kwargs), context))

    return wrapper


def wrap_async_generator(
    manager: AbstractContextManager[Any], function: Callable[..., Any]
) -> Callable[..., Any]:
    """Decorate an async generator function, as :func:`wrap_generator` does for plain ones."""

    @wraps(function)
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        context = copy_context()
        context.run(manager.__enter__)
        generator = context.run(function, *args, **kwargs)
        step = generator.__anext__()
        while True:
            try:
                item = await _Stepped(step, context)
            except StopAsyncIteration:
                return
            try:
                sent = yield item
            except GeneratorExit:
                await _Stepped(generator.aclose(), context)
                raise
            except BaseException as error:  # noqa: BLE001 -- whatever it is, it is passed on
                step = generator.athrow(error)
            else:
                step = generator.asend(sent)

    return wrapper


def iterate(iterable: Iterable[bytes], context: Context) -> Generator[bytes, None, None]:
    """The items of ``iterable``, each produced in ``context``; closing closes it there too."""
    iterator = context.run(iter, iterable)
    try:
        while True:
            try:
                item = context.run(next, iterator)
            except StopIteration:
                return
            yield item
    finally:
        close = getattr(iterator, "close", None)
        if close is not None:
            context.run(close)


async def aiterate(iterable: AsyncIterable[bytes], context: Context) -> AsyncIterator[bytes]:
    """:func:`iterate` for an asynchronous body."""
    iterator = context.run(aiter, iterable)
    try:
        while True:
            try:
                item = await _Stepped(iterator.__anext__(), context)
            except StopAsyncIteration:
                return
            yield item
    finally:
        close = getattr(iterator, "aclose", None)
        if close is not None:
            await _Stepped(close(), context)

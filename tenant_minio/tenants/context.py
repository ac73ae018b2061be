"""The current tenant: a ContextVar, and the live source that ``CURRENT`` names."""

from __future__ import annotations

import inspect
from asyncio import _get_running_loop
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from functools import wraps
from types import TracebackType
from typing import Any, TypeVar
from uuid import UUID

from tenant_minio.conf import conf
from tenant_minio.exceptions import InvalidTenantError, NoTenantError, TenantMismatchError
from tenant_minio.tenants.callables import is_coroutine, what_runs
from tenant_minio.tenants.stepping import wrap_async_generator, wrap_generator

_Callable = TypeVar("_Callable", bound=Callable[..., Any])


class _Frame:
    """One ``use_tenant`` that is open in a context; ``outer`` is the one around it."""

    __slots__ = ("key", "outer", "owner")

    def __init__(self, key: str, owner: object, outer: _Frame | None) -> None:
        self.key = key
        self.owner = owner
        self.outer = outer


class _Refusal(_Frame):
    """Stands where no tenant could be entered: whoever asks for the tenant is told why."""

    __slots__ = ("error",)

    def __init__(self, error: Exception) -> None:
        self.owner = self.outer = None
        self.error = error

    @property
    def key(self) -> str:  # type: ignore[override]  # in place of the slot, so that no other frame pays
        raise self.error.with_traceback(None)


_frame: ContextVar[_Frame | None] = ContextVar("tenant_minio_tenant", default=None)


def check_key(key: object, source: str = "") -> str:
    """Return ``key`` if it can be a tenant key: a non-empty ``str``.

    Args:
        key: what was given.
        source: what gave it, for the error.

    Raises:
        InvalidTenantError: it is anything else.
    """
    if not isinstance(key, str) or not key:
        raise InvalidTenantError(
            f"{source}A tenant key is a non-empty string, not {key!r}. Use a schema name, a slug "
            f"or str(primary key): something that never changes."
        )
    # Of a subclass of str or a lazy object, the text itself.
    return key[:]


def key_of(value: object, source: str) -> str | None:
    """The key that a column, session or attribute holds: text, a whole number or a UUID.

    Args:
        value: None and ``""`` mean that there is no tenant.
        source: where it comes from, for the error.

    Raises:
        InvalidTenantError: it is anything else. The text of a model instance would be its display
            name, which changes.
    """
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | UUID):
        raise InvalidTenantError(
            f"{source} is {type(value).__name__}, which is no tenant key. Name its key instead, "
            f"as in 'tenant.slug' or 'tenant_id'."
        )
    if isinstance(value, str):
        return check_key(value)
    return str(value if isinstance(value, UUID) else int(value))


def isolate(key: str | None) -> AbstractContextManager[None]:
    """Run a block inside ``key``, or outside any tenant, whatever this context was left in.

    Afterwards stands what stood before, even where the block left a tenant open, as a generator
    with ``use_tenant`` around its ``yield`` does in the thread of a server.
    """
    return _in_place(None if key is None else _Frame(check_key(key), None, None))


def refusing(error: Exception) -> AbstractContextManager[None]:
    """Have whatever asks for the current tenant in a block be told that there is none, and why.

    Stronger than ``isolate(None)``, where ``CURRENT`` still counts: what it reads may have been
    left behind by others where ``ENTER`` has failed.
    """
    return _in_place(_Refusal(error))


@contextmanager
def _in_place(frame: _Frame | None) -> Iterator[None]:
    before = _frame.get()
    _frame.set(frame)
    try:
        yield
    finally:
        _frame.set(before)


class use_tenant:  # noqa: N801 -- used as a statement, like Django's own atomic and override_settings
    """Make ``key`` the current tenant: ``with``, ``async with`` or a decorator.

    As a decorator it takes functions, coroutine functions, generators and async generators.
    A generator runs in its consumer's context (PEP 567), so the decorator steps it in a context
    of its own: the tenant holds inside it and nowhere else. ``with use_tenant(key):`` around a
    ``yield`` is wrong for the same reason; it is noticed when the blocks end out of order.

    One object may be entered many times, in any number of threads and tasks.

    Args:
        key: the tenant, a non-empty string that never changes.

    Raises:
        InvalidTenantError: ``key`` is not a non-empty string.
    """

    def __init__(self, key: str) -> None:
        self.key = check_key(key)

    def __enter__(self) -> str:
        _frame.set(_Frame(self.key, self, _frame.get()))
        return self.key

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        top = _frame.get()
        if top is not None and top.owner is self:
            _frame.set(top.outer)
            return
        _frame.set(_without(top, self))
        raise RuntimeError(
            f"use_tenant({self.key!r}) ended out of order or in another context. A `with "
            f"use_tenant(...)` around a `yield` does this: decorate the generator instead."
        )

    async def __aenter__(self) -> str:
        return self.__enter__()

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.__exit__(exc_type, exc_value, traceback)

    def __call__(self, function: _Callable) -> _Callable:
        wrapper: Any
        runs = what_runs(function)
        if inspect.isasyncgenfunction(runs):
            wrapper = wrap_async_generator(self, function)
        elif inspect.isgeneratorfunction(runs):
            wrapper = wrap_generator(self, function)
        elif is_coroutine(function):

            @wraps(function)
            async def wrapper(*args: Any, **kwargs: Any) -> Any:
                with self:
                    return await function(*args, **kwargs)

        else:

            @wraps(function)
            def wrapper(*args: Any, **kwargs: Any) -> Any:
                with self:
                    return function(*args, **kwargs)

        return wrapper  # type: ignore[no-any-return]  # the same signature, by wraps()


def _without(frame: _Frame | None, owner: object) -> _Frame | None:
    """The open frames less the innermost one of ``owner``."""
    if frame is None:
        return None
    if frame.owner is owner:
        return frame.outer
    return _Frame(frame.key, frame.owner, _without(frame.outer, owner))


def current_tenant() -> str | None:
    """The tenant of this context, or None.

    ``use_tenant`` is one source; ``TENANT_MINIO["CURRENT"]``, where set, is the other, asked
    live. In a running event loop only the first counts, since a connection belongs to a thread
    and many requests share the loop's.

    Raises:
        TenantMismatchError: both are set and name different tenants: rows would go to one and
            files to the other.
        InvalidTenantError: ``CURRENT`` gave something that is neither a key nor None.
    """
    frame = _frame.get()
    explicit = None if frame is None else frame.key
    source = conf.current
    if source is None or _get_running_loop() is not None:
        return explicit
    live = source()
    if live is not None:
        check_key(live, "TENANT_MINIO['CURRENT'] gave what is no key. ")
    if explicit is None or live is None or live == explicit:
        return live if explicit is None else explicit
    raise TenantMismatchError(
        f"use_tenant() says {explicit!r} but TENANT_MINIO['CURRENT'] says {live!r}: rows would go "
        f"to one tenant and files to the other. Switch both together, or name the tenant outright "
        f"with storage.for_tenant(key)."
    )


def require_tenant() -> str:
    """The tenant of this context.

    Raises:
        NoTenantError: there is none.
        TenantMismatchError: see :func:`current_tenant`.
    """
    key = current_tenant()
    if key is None:
        raise NoTenantError(
            "There is no tenant here. Wrap the work in `with tenant_minio.use_tenant(key):`, add "
            "tenant_minio.middleware.TenantMiddleware for requests, set TENANT_MINIO['CURRENT'], "
            "or name the tenant outright with storage.for_tenant(key)."
        )
    return key

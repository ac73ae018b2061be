"""See, in a project's own tests, whether a piece of it reaches beyond the tenants it is for."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache, wraps
from typing import Any
from unittest import mock

from tenant_minio.backends.base import Backend
from tenant_minio.backends.registry import registry
from tenant_minio.exceptions import TenantMinioError, UnknownTenantError
from tenant_minio.tenants.context import check_key, current_tenant

_SHOWN = 10


class LeakError(AssertionError):
    """Something was reached, or left open, that is not the given tenants'."""


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked of a cluster, or allowed to whoever has a URL.

    Args:
        operation: the method of :class:`tenant_minio.backends.base.Backend`, such as ``put``.
        backend: the alias of the cluster.
        bucket: where.
        key: of the object; of a listing the prefix.
    """

    operation: str
    backend: str
    bucket: str
    key: str

    def __str__(self) -> str:
        return f"{self.operation} of {self.backend}:{self.bucket}/{self.key}"


@contextmanager
def assert_no_leak(*tenants: str) -> Iterator[list[Request]]:
    """Fail if a block reaches a file that is not one of these tenants', or leaves a tenant open.

    Every request that this process makes for an object is seen, whatever thread makes it, and
    every URL that is made. Each must be about a place of the given tenants (in any
    RoutingStorage), or of a storage that no tenant owns. With no tenants only the latter remain.
    When the block ends, the current tenant must be the one in which it began.

    Gives the list of what was seen so far. An empty one proves nothing: assert that it is not.

    Raises:
        LeakError: when the block ends, also where it ends by an error, which is its cause then.
        InvalidTenantError: what was given is no key.
    """
    keys = [check_key(tenant) for tenant in tenants]
    seen: list[Request] = []
    outside: list[Request] = []

    def note(backend: Backend, request: Request) -> None:
        seen.append(request)
        if not any(_holds(place, backend, request) for place in _places(keys)):
            outside.append(request)

    before = _standing()
    try:
        with _noting_requests(note):
            yield seen
    except BaseException as error:
        _judge(keys, outside, before, error)
        raise
    _judge(keys, outside, before, None)


def _judge(
    keys: Sequence[str], outside: Sequence[Request], before: str, cause: BaseException | None
) -> None:
    faults = []
    if outside:
        whose = ", ".join(map(repr, keys)) or "no tenant"
        faults.append(f"{len(outside)} requests left the places of {whose}:")
        faults += [f"  {request}" for request in outside[:_SHOWN]]
        faults += ["  ..."] if len(outside) > _SHOWN else []
    after = _standing()
    if after != before:
        faults.append(f"The block began in {before} and ended in {after}.")
    if faults:
        raise LeakError("\n".join(faults)) from cause


def _standing() -> str:
    """Where this context stands, in words."""
    try:
        key = current_tenant()
    except TenantMinioError as error:
        return f"what has no one tenant ({error})"
    return "no tenant" if key is None else f"tenant {key!r}"


# An endpoint, a bucket in it, and the prefix of all keys.
_Place = tuple[str, str, str]


def _places(keys: Sequence[str]) -> Iterator[_Place]:
    """Where files may be, by the settings that stand now."""
    declared = registry.declared
    for alias in declared.routers:
        for key in keys:
            try:
                route = registry.route(alias, key)
            except UnknownTenantError:
                continue  # this storage has no place for that tenant
            yield registry[route.backend].location, route.bucket, route.prefix
    for alias, routes in declared.buckets.items():
        for route in routes.values():
            yield registry[alias].location, route.bucket, route.prefix
    for alias, route in declared.plain.items():
        yield registry[alias].location, route.bucket, route.prefix


def _holds(place: _Place, backend: Backend, request: Request) -> bool:
    location, bucket, prefix = place
    return (backend.location, request.bucket) == (location, bucket) and (
        request.key.startswith(prefix)
    )


_Note = Callable[[Backend, Request], None]


@contextmanager
def _noting_requests(note: _Note) -> Iterator[None]:
    """Note what every cluster is asked for, those included that are made or forked from now on.

    The methods of the classes are wrapped, since a file that is open already holds its cluster.
    """
    with ExitStack() as stack:
        # With what a cluster is put together from.
        kinds = {one for kind in _kinds(Backend) for one in kind.__mro__} - {*Backend.__mro__}
        for kind in kinds:
            for name in _about_objects():
                method = vars(kind).get(name)
                if method is not None:
                    wrapped = _noted(method, name, note)
                    stack.enter_context(mock.patch.object(kind, name, wrapped))
        yield


def _kinds(kind: type[Any]) -> Iterator[type[Any]]:
    below: list[type[Any]] = kind.__subclasses__()
    for one in below:
        yield one
        yield from _kinds(one)


@cache
def _about_objects() -> dict[str, list[str]]:
    """The methods of a cluster that name objects, and which of their arguments do."""
    found: dict[str, list[str]] = {}
    for name, method in inspect.getmembers(Backend, inspect.isfunction):
        parameters = inspect.signature(method).parameters
        naming = [one for one in ("source", "key", "prefix", "objects") if one in parameters]
        if naming and "bucket" in parameters:
            found[name] = naming
    return found


def _noted(method: Callable[..., Any], name: str, note: _Note) -> Callable[..., Any]:
    signature, naming = inspect.signature(method), _about_objects()[name]

    @wraps(method)
    def noted(backend: Backend, *args: Any, **kwargs: Any) -> Any:
        given = signature.bind(backend, *args, **kwargs).arguments
        for named in map(given.__getitem__, naming):
            keys: list[str] = [named] if isinstance(named, str) else [one.key for one in named]
            for key in keys:
                note(backend, Request(name, backend.alias, given["bucket"], key))
        return method(backend, *args, **kwargs)

    return noted

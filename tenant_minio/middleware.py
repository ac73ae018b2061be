"""The middleware that finds the tenant of each request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextvars import copy_context
from functools import partial
from typing import Any, cast

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase, StreamingHttpResponse

from tenant_minio.conf import conf
from tenant_minio.tenants import resolvers
from tenant_minio.tenants.context import isolate
from tenant_minio.tenants.stepping import aiterate, iterate


class TenantMiddleware:
    """Run each request inside the tenant that ``TENANT_MINIO["RESOLVERS"]`` find for it.

    One class for WSGI and ASGI. The tenant is set for this request only, and what stood before it
    is restored whatever happens; a streaming body is produced inside the tenant, step by step.
    Paths in ``PASS_THROUGH`` have no tenant. Where no resolver finds one, or there is
    no such tenant, the answer is 404; ``REQUIRE_TENANT = False`` lets the request go on without
    a tenant in the first case, and its storages then raise NoTenantError.
    """

    sync_capable = True
    async_capable = True

    def __init__(
        self,
        get_response: Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]],
    ) -> None:
        self.get_response = get_response
        self.resolvers = resolvers.configured()
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if self.is_async:
            return self._async_call(request)
        # The thread may have been left inside a tenant, so each way through says where it runs.
        with isolate(None):
            key = None if passes_through(request.path_info) else self._find(request)
            with isolate(key):
                return _inside(cast(HttpResponseBase, self.get_response(request)))

    async def _async_call(self, request: HttpRequest) -> HttpResponseBase:
        get_response = cast(Callable[[HttpRequest], Awaitable[HttpResponseBase]], self.get_response)
        with isolate(None):
            key = None if passes_through(request.path_info) else await self._afind(request)
            with isolate(key):
                return _inside(await get_response(request))

    def _find(self, request: HttpRequest) -> str | None:
        """The tenant of a request. Raises Http404, as :func:`_accept` has it."""
        for resolver in self.resolvers:
            key = resolvers.ask(resolver, request)
            if key is not None:
                return _accept(key, exists=conf.tenant_exists(key))
        return _accept(None)

    async def _afind(self, request: HttpRequest) -> str | None:
        for resolver in self.resolvers:
            key = await resolvers.aask(resolver, request)
            if key is not None:
                return _accept(key, exists=await sync_to_async(conf.tenant_exists)(key))
        return _accept(None)


def passes_through(path: str) -> bool:
    """Whether ``PASS_THROUGH`` names this path, or a folder (an entry that ends in /) above it."""
    return any(
        path.startswith(entry) if entry.endswith("/") else path == entry
        for entry in conf.get("PASS_THROUGH") or ()
    )


def _accept(key: str | None, *, exists: bool = False) -> str | None:
    """The key that a request runs inside; None lets it go on without a tenant.

    Raises:
        Http404: there is no such tenant, or none was found and one is required.
    """
    if key is not None and not exists:
        raise Http404(f"There is no tenant {key!r}.")
    if key is None and conf.get("REQUIRE_TENANT"):
        raise Http404("This address belongs to no tenant.")
    return key


def _inside(response: HttpResponseBase) -> HttpResponseBase:
    """Have a streaming body produced, and closed, in the context that stands now."""
    if not isinstance(response, StreamingHttpResponse):
        return response
    context = copy_context()
    inside: Any = response
    closers: list[Callable[[], Any]] = inside._resource_closers  # noqa: SLF001 -- no public way
    inner = [partial(context.run, closer) for closer in closers]
    closers.clear()
    body: Any = inside._iterator  # noqa: SLF001 -- streaming_content would map it once more
    response.streaming_content = (
        aiterate(body, context) if response.is_async else iterate(body, context)
    )
    # What produces the body is closed before what it reads from.
    closers.extend(inner)
    return response

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
from tenant_minio.tenants import resolvers, use_tenant
from tenant_minio.tenants.stepping import aiterate, iterate


class TenantMiddleware:
    """Run each request inside the tenant that ``TENANT_MINIO["RESOLVERS"]`` find for it.

    One class for WSGI and ASGI. The tenant is set for this request only and reset whatever
    happens; a streaming body is produced inside the tenant, step by step. Paths in
    ``PASS_THROUGH`` are left alone and have no tenant. Where no resolver finds one, or there is
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
        if _passes_through(request.path_info):
            return self.get_response(request)
        key = next((key for key in (ask(request) for ask in self.resolvers) if key), None)
        if not _accept(key, exists=key is not None and conf.tenant_exists(key)):
            return self.get_response(request)
        with use_tenant(cast(str, key)):
            return _inside(cast(HttpResponseBase, self.get_response(request)))

    async def _async_call(self, request: HttpRequest) -> HttpResponseBase:
        get_response = cast(Callable[[HttpRequest], Awaitable[HttpResponseBase]], self.get_response)
        if _passes_through(request.path_info):
            return await get_response(request)
        key = None
        for resolver in self.resolvers:
            key = await resolvers.aresolve(resolver, request)
            if key:
                break
        exists = bool(key) and await sync_to_async(conf.tenant_exists)(cast(str, key))
        if not _accept(key, exists=exists):
            return await get_response(request)
        with use_tenant(cast(str, key)):
            return _inside(await get_response(request))


def _passes_through(path: str) -> bool:
    """Whether ``PASS_THROUGH`` names this path, or a folder (an entry that ends in /) above it."""
    return any(
        path.startswith(entry) if entry.endswith("/") else path == entry
        for entry in conf.get("PASS_THROUGH")
    )


def _accept(key: str | None, *, exists: bool) -> bool:
    """Whether the request runs inside ``key``; False lets it go on without a tenant.

    Raises:
        Http404: there is no such tenant, or none was found and one is required.
    """
    if key:
        if not exists:
            raise Http404(f"There is no tenant {key!r}.")
        return True
    if conf.get("REQUIRE_TENANT"):
        raise Http404("This address belongs to no tenant.")
    return False


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

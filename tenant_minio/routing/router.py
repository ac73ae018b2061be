"""What turns a tenant into a route: custom routers first, then named routes, then the template."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from tenant_minio.exceptions import InvalidBackendError, UnknownTenantError
from tenant_minio.routing.buckets import bucket_fault
from tenant_minio.routing.route import Route
from tenant_minio.routing.template import SLOT, Template, prefix_fault

CustomRouter = Callable[[str], Route | None]

# Rendering is pure, so what it gave may be kept; bounded, so that 100,000 tenants cost what 10 do.
_KEPT = 4096


@dataclass(frozen=True, kw_only=True)
class Router:
    """The routes of one RoutingStorage. Pure: no network, no clock.

    Args:
        alias: of the storage, for errors.
        template: the route of every tenant that nothing else names, if there is one.
        routes: the routes of single tenants.
        custom: asked first, in order; the first answer that is not None wins.
    """

    alias: str
    template: Template | None = None
    routes: Mapping[str, Template] = field(default_factory=dict)
    custom: Sequence[CustomRouter] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "_declared", lru_cache(_KEPT)(self._render))

    def route(self, tenant: str) -> Route:
        """Where the files of ``tenant`` live.

        Raises:
            UnknownTenantError: nothing says where.
            InvalidBackendError: a custom router answered with something that is no route.
        """
        for router in self.custom:
            answer = router(tenant)
            if answer is not None:
                return self._own_segment(answer, tenant, router)
        declared: Callable[[str], Route] = self._declared  # type: ignore[attr-defined]
        return declared(tenant)

    def _render(self, tenant: str) -> Route:
        template = self.routes.get(tenant, self.template)
        if template is None:
            raise UnknownTenantError(
                f"STORAGES[{self.alias!r}] has no route for the tenant {tenant!r}. Add it to "
                f"OPTIONS['routes'], or give 'backend', 'bucket' and 'prefix' for every tenant."
            )
        return template.render(tenant)

    def _own_segment(self, answer: Route, tenant: str, router: CustomRouter) -> Route:
        """The answer of a custom router, less what it could get wrong."""
        name = getattr(router, "__qualname__", type(router).__qualname__)
        if not isinstance(answer, Route):
            raise InvalidBackendError(
                f"The router {name} of STORAGES[{self.alias!r}] answered {answer!r} for the tenant "
                f"{tenant!r}. It returns a tenant_minio.Route or None."
            )
        texts = (answer.backend, answer.bucket, answer.prefix)
        if all(isinstance(text, str) for text in texts) and isinstance(answer.public, bool):
            fault = _answer_fault(answer)
        else:
            fault = "has a value of the wrong type"
        if fault is not None:
            raise InvalidBackendError(
                f"The router {name} of STORAGES[{self.alias!r}] answered {answer!r} for the tenant "
                f"{tenant!r}: it {fault}."
            )
        if answer.own_bucket:
            return answer
        base = Template(answer.backend, answer.bucket, answer.prefix + SLOT + "/", answer.public)
        return base.render(tenant)


@lru_cache(_KEPT)
def _answer_fault(answer: Route) -> str | None:
    """What is wrong with the answer of a custom router, whichever tenant it is for."""
    fault = bucket_fault(answer.bucket)
    if fault is not None:
        return f"has a bucket that {fault}"
    if SLOT in answer.prefix:
        return f"has a prefix with {SLOT}, which only a template may have"
    fault = prefix_fault(answer.prefix)
    if fault is None and not answer.own_bucket:
        fault = prefix_fault(answer.prefix + SLOT + "/")
    return None if fault is None else f"has a prefix that {fault}"

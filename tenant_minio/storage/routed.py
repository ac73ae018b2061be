"""The storage that puts each tenant's files where its route says."""

from __future__ import annotations

from typing import Self

from tenant_minio.backends.base import Health
from tenant_minio.backends.registry import registry
from tenant_minio.routing import Route
from tenant_minio.storage.base import ObjectStorage
from tenant_minio.storage.location import Location
from tenant_minio.tenants.context import check_key, require_tenant


class RoutingStorage(ObjectStorage):
    """Finds the tenant and its route at each operation, and keeps neither.

    An open file keeps its route. Outside a tenant every operation on a file raises NoTenantError.

    Args:
        backend, bucket, prefix, public: the route of every tenant, with ``{tenant}``.
        routes: ``{tenant: {backend, bucket, prefix, public}}``, laid over the values above.
        routers: dotted paths of callables ``(tenant) -> Route | None``, asked first.

    Beside these, the options of :class:`tenant_minio.backends.write_options.WriteOptions`, laid
    over those of the backend that the route names.
    """

    _tenant: str | None = None

    def for_tenant(self, key: str) -> Self:
        """The same storage bound to one tenant, whatever the context. Raises InvalidTenantError."""
        return self._bound(_alias=self.alias, _tenant=check_key(key))

    @property
    def tenant(self) -> str | None:
        """The tenant that this storage is bound to; None where the current one counts."""
        return self._tenant

    def route(self) -> Route:
        """Where the files of the current (or bound) tenant live. No network.

        Raises:
            NoTenantError: there is no tenant.
            UnknownTenantError: no route leads to it.
        """
        return registry.route(self.alias, self._tenant or require_tenant())

    def locate(self) -> Location:
        """The place of the current (or bound) tenant; raises as :meth:`route`."""
        tenant = self._tenant or require_tenant()
        route = registry.route(self.alias, tenant)
        return Location(registry[route.backend].for_route(route), route, tenant, self)

    def is_minio_available(self) -> Health:
        """Whether the tenant's cluster can be used now; raises as :meth:`route`."""
        return registry[self.route().backend].health()

    def deconstruct(self) -> tuple[str, tuple[str, ...], dict[str, str]]:
        path, arguments, keywords = super().deconstruct()
        return path, arguments, keywords if self._tenant is None else {"tenant": self._tenant}

    def __repr__(self) -> str:
        bound = f" for tenant {self._tenant!r}" if self._tenant else ""
        return f"<{type(self).__name__} {self._alias!r}{bound}>"

"""The router of an entry that has tenants."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import Any

from django.utils.module_loading import import_string

from tenant_minio.backends.declared.faults import Faults
from tenant_minio.backends.declared.state import STATE_OPTIONS
from tenant_minio.backends.options import unknown_options
from tenant_minio.backends.write_options import WRITE_OPTIONS
from tenant_minio.routing.router import Router
from tenant_minio.routing.template import SLOT, Template

_ROUTE_OPTIONS = frozenset({"backend", "bucket", "prefix", "public"})
ROUTING_OPTIONS = (
    _ROUTE_OPTIONS | STATE_OPTIONS | WRITE_OPTIONS | {"routes", "routers", "check_on_start"}
)


def read_router(
    faults: Faults, options: Mapping[str, Any], backends: Collection[str], broken: Collection[str]
) -> Router:
    """The router that these options describe.

    Args:
        faults: where it is said what is wrong.
        options: of the entry, without those of subclasses.
        backends: the aliases that routes may name.
        broken: aliases of backends whose own options are wrong, which is told there.
    """
    return _Reader(faults, options, backends, broken).read()


class _Reader:
    def __init__(
        self,
        faults: Faults,
        options: Mapping[str, Any],
        backends: Collection[str],
        broken: Collection[str],
    ) -> None:
        self._faults = faults
        self._options = options
        self._backends = backends
        self._broken = broken

    def read(self) -> Router:
        options, alias = self._options, self._faults.alias
        self._faults.found += unknown_options(alias, options, ROUTING_OPTIONS)
        base = {name: options[name] for name in _ROUTE_OPTIONS if name in options}
        given = options.get("routes") or {}
        if not (base.get("bucket") or given or options.get("routers")):
            hint = "Give 'backend', 'bucket' and 'prefix', or 'routes', or 'routers'."
            self._faults.add("E003", "leads nowhere: it names no route at all.", hint)
        return Router(
            alias=alias,
            template=self._shared(base),
            routes=self._routes(base, given),
            custom=self._custom(),
        )

    def _shared(self, base: Mapping[str, Any]) -> Template | None:
        template = self._template("", base) if base.get("bucket") is not None else None
        if template is None or template.names_tenant:
            return template
        self._faults.add(
            "E008",
            f"gives every tenant one location: neither 'bucket' nor 'prefix' holds {SLOT}.",
            f"Write {SLOT} into one of them, as in 'prefix': 'tenants/{SLOT}/', or leave out "
            f"'bucket' and give each tenant its own in 'routes'.",
        )
        return None

    def _routes(self, base: Mapping[str, Any], given: Any) -> dict[str, Template]:
        routes: dict[str, Template] = {}
        for tenant, values in given.items() if self._faults.is_mapping("routes", given) else ():
            where = f"route of {tenant!r}: "
            if not isinstance(tenant, str) or not tenant:
                hint = "Use str(key)."
                self._faults.add("E005", where + "a tenant is a non-empty string.", hint)
            elif self._faults.is_mapping(f"route of {tenant!r}", values):
                self._faults.found += unknown_options(self._faults.alias, values, _ROUTE_OPTIONS)
                route = self._template(where, {**base, **values})
                if route is not None:
                    routes[tenant] = route
        return routes

    def _template(self, where: str, values: Mapping[str, Any]) -> Template | None:
        missing = [name for name in ("backend", "bucket") if not values.get(name)]
        for name in missing:
            self._faults.add("E003", f"{where}lacks {name!r}.", "Add it.")
        if missing:
            return None
        backend = values["backend"]
        if backend not in self._backends:
            if backend not in self._broken:
                self._unknown_backend(where, backend)
            return None
        template = Template(
            backend, values["bucket"], values.get("prefix", ""), values.get("public", False)
        )
        return None if self._faults.in_route(where, template) else template

    def _unknown_backend(self, where: str, backend: object) -> None:
        near = get_close_matches(str(backend), list(self._backends), n=1)
        there = ", ".join(sorted(self._backends)) or "there is none"
        self._faults.add(
            "E001",
            f"{where}'backend' names {backend!r}, which is no backend.",
            f"Did you mean {near[0]!r}?"
            if near
            else f"Backends are the entries of tenant_minio.MinioStorage: {there}.",
        )

    def _custom(self) -> list[Any]:
        listed = self._options.get("routers") or ()
        if isinstance(listed, str):
            self._faults.add("E005", f"'routers': {listed!r} is text.", f"Write [{listed!r}].")
            return []
        return [router for path in listed if (router := self._router(path))]

    def _router(self, given: Any) -> Any:
        try:
            found = import_string(given) if isinstance(given, str) else given
        except ImportError as error:
            hint = "Correct the dotted path."
            self._faults.add("E011", f"'routers' names {given!r}: {error}.", hint)
            return None
        router = found() if isinstance(found, type) else found
        if not callable(router):
            hint = "It takes (tenant) -> Route | None."
            self._faults.add("E005", f"'routers': {given!r} is not callable.", hint)
            return None
        return router

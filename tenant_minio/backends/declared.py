"""What ``STORAGES`` declares: backends, routers, plain storages, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from django.utils.module_loading import import_string

from tenant_minio.backends.base import Backend
from tenant_minio.backends.options import unknown_options
from tenant_minio.exceptions import InvalidBackendError
from tenant_minio.problems import Problem
from tenant_minio.routing.buckets import bucket_fault
from tenant_minio.routing.overlap import Place, overlaps, shared_buckets
from tenant_minio.routing.route import Route
from tenant_minio.routing.router import Router
from tenant_minio.routing.template import SLOT, Template, bucket_template_fault, prefix_fault

_ROUTE_OPTIONS = frozenset({"backend", "bucket", "prefix", "public"})
_ROUTING_OPTIONS = _ROUTE_OPTIONS | {"routes", "routers"}
PLAIN_OPTIONS = frozenset({"bucket", "prefix", "public"})
# The owner of what belongs to no tenant.
NO_TENANT = object()


@dataclass(slots=True)
class Declared:
    """The entries of ``STORAGES`` that are this package's."""

    classes: dict[str, type] = field(default_factory=dict)
    backends: dict[str, Backend] = field(default_factory=dict)
    routers: dict[str, Router] = field(default_factory=dict)
    plain: dict[str, Route] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    _public: list[Place] = field(default_factory=list)
    _private: list[Place] = field(default_factory=list)

    @classmethod
    def read(cls, storages: Mapping[str, Mapping[str, Any]]) -> Declared:
        """Read all entries; what is wrong is collected, not raised."""
        found = cls()
        options = {alias: dict(entry.get("OPTIONS") or {}) for alias, entry in storages.items()}
        for alias, entry in storages.items():
            storage_class = found._import(alias, entry.get("BACKEND"))
            if storage_class is not None:
                found.classes[alias] = storage_class
        # Routes name backends, so those come first.
        for alias, storage_class in found.classes.items():
            if hasattr(storage_class, "build_backend"):
                found._read_backend(alias, storage_class.build_backend, options[alias])
        for alias, storage_class in found.classes.items():
            if not hasattr(storage_class, "build_backend"):
                extra = getattr(storage_class, "extra_options", ())
                own = {name: v for name, v in options[alias].items() if name not in extra}
                found._read_router(alias, own)
        for place, public in found._places():
            found.places.append(place)
            (found._public if public else found._private).append(place)
        found._check_places()
        return found

    def _import(self, alias: str, path: object) -> type | None:
        try:
            storage_class: type = import_string(str(path))
        except ImportError as error:
            self._add("E011", alias, f"BACKEND cannot be imported: {error}.", "Correct the path.")
            return None
        return storage_class if hasattr(storage_class, "tenant_minio_storage") else None

    def _add(self, code: str, alias: str, message: str, hint: str) -> None:
        self.problems.append(Problem(code, (alias,), f"STORAGES[{alias!r}] {message}", hint))

    def _read_backend(
        self,
        alias: str,
        build: Callable[[str, Mapping[str, Any]], tuple[Backend | None, list[Problem]]],
        options: dict[str, Any],
    ) -> None:
        backend, problems = build(
            alias, {k: v for k, v in options.items() if k not in PLAIN_OPTIONS}
        )
        self.problems += problems
        if backend is not None:
            self.backends[alias] = backend
        if not options.get("bucket"):
            for name in ("prefix", "public"):
                if options.get(name):
                    self._add("E003", alias, f"has {name!r} but no 'bucket'.", "Name the bucket.")
            return
        bucket, prefix = options["bucket"], options.get("prefix", "")
        if self._route_faults(
            alias, "", Template(alias, bucket, prefix, options.get("public", False))
        ):
            return
        if SLOT in bucket + prefix:
            hint = "Use tenant_minio.RoutingStorage for what depends on the tenant."
            self._add("E008", alias, f"is a plain storage, but its location has {SLOT}.", hint)
            return
        self.plain[alias] = Route(alias, bucket, prefix, options.get("public", False))

    def _read_router(self, alias: str, options: dict[str, Any]) -> None:
        self.problems += unknown_options(alias, options, _ROUTING_OPTIONS)
        base = {name: options[name] for name in _ROUTE_OPTIONS if name in options}
        template = self._template(alias, "", base) if base.get("bucket") is not None else None
        if template is not None and not template.names_tenant:
            self._add(
                "E008",
                alias,
                f"gives every tenant one location: neither 'bucket' nor 'prefix' holds {SLOT}.",
                f"Write {SLOT} into one of them, as in 'prefix': 'tenants/{SLOT}/', or leave out "
                f"'bucket' and give each tenant its own in 'routes'.",
            )
            template = None
        routes: dict[str, Template] = {}
        given = options.get("routes") or {}
        for tenant, values in given.items() if self._is_mapping(alias, "routes", given) else ():
            where = f"route of {tenant!r}: "
            if not isinstance(tenant, str) or not tenant:
                self._add("E005", alias, where + "a tenant is a non-empty string.", "Use str(key).")
            elif self._is_mapping(alias, f"route of {tenant!r}", values):
                self.problems += unknown_options(alias, values, _ROUTE_OPTIONS)
                route = self._template(alias, where, {**base, **values})
                if route is not None:
                    routes[tenant] = route
        listed = options.get("routers") or ()
        if isinstance(listed, str):
            self._add("E005", alias, f"'routers': {listed!r} is text.", f"Write [{listed!r}].")
            listed = ()
        custom = [router for path in listed if (router := self._router(alias, path))]
        if not (base.get("bucket") or given or options.get("routers")):
            hint = "Give 'backend', 'bucket' and 'prefix', or 'routes', or 'routers'."
            self._add("E003", alias, "leads nowhere: it names no route at all.", hint)
        self.routers[alias] = Router(alias=alias, template=template, routes=routes, custom=custom)

    def _is_mapping(self, alias: str, what: str, value: object) -> bool:
        if isinstance(value, Mapping):
            return True
        self._add("E005", alias, f"{what}: {value!r} is no dict.", "See docs/settings.md.")
        return False

    def _template(self, alias: str, where: str, values: Mapping[str, Any]) -> Template | None:
        missing = [name for name in ("backend", "bucket") if not values.get(name)]
        for name in missing:
            self._add("E003", alias, f"{where}lacks {name!r}.", "Add it.")
        if missing:
            return None
        backend = values["backend"]
        if backend not in self.backends:
            if backend not in self.classes or not hasattr(self.classes[backend], "build_backend"):
                near = get_close_matches(str(backend), list(self.backends), n=1)
                hint = (
                    f"Did you mean {near[0]!r}?"
                    if near
                    else (
                        f"Backends are the entries of tenant_minio.MinioStorage: "
                        f"{', '.join(sorted(self.backends)) or 'there is none'}."
                    )
                )
                self._add(
                    "E001", alias, f"{where}'backend' names {backend!r}, which is no backend.", hint
                )
            return None
        template = Template(
            backend, values["bucket"], values.get("prefix", ""), values.get("public", False)
        )
        return None if self._route_faults(alias, where, template) else template

    def _route_faults(self, alias: str, where: str, route: Template) -> bool:
        """Whether bucket, prefix or public cannot be used; says so."""
        before = len(self.problems)
        for name, kind in (("bucket", str), ("prefix", str), ("public", bool)):
            value = getattr(route, name)
            if not isinstance(value, kind):
                self._add(
                    "E005",
                    alias,
                    f"{where}{name!r}: {value!r} is not valid.",
                    f"It takes a {kind.__name__}.",
                )
        if len(self.problems) > before:
            return True
        fault = (
            bucket_template_fault(route.bucket)
            if SLOT in route.bucket
            else bucket_fault(route.bucket)
        )
        if fault:
            self._add(
                "E006",
                alias,
                f"{where}the bucket {route.bucket!r} {fault}.",
                "Choose another name.",
            )
        fault = prefix_fault(route.prefix)
        if fault:
            self._add("E007", alias, f"{where}the prefix {route.prefix!r} {fault}.", "Correct it.")
        return len(self.problems) > before

    def _router(self, alias: str, given: Any) -> Any:
        try:
            found = import_string(given) if isinstance(given, str) else given
        except ImportError as error:
            self._add(
                "E011", alias, f"'routers' names {given!r}: {error}.", "Correct the dotted path."
            )
            return None
        router = found() if isinstance(found, type) else found
        if not callable(router):
            self._add(
                "E005",
                alias,
                f"'routers': {given!r} is not callable.",
                "It takes (tenant) -> Route | None.",
            )
            return None
        return router

    def place(self, route: Route | Template, label: str, owner: object, alias: str = "") -> Place:
        """A route as the overlap rules see it."""
        router = self.routers.get(alias)
        return Place(
            endpoint=self.backends[route.backend].location,
            bucket=route.bucket,
            prefix=route.prefix,
            label=label,
            owner=owner,
            elsewhere=router.routes if router is not None and owner is None else (),
            alias=alias,
        )

    def _places(self) -> Iterator[tuple[Place, bool]]:
        """Each declared place, and whether it is public."""
        for alias, route in self.plain.items():
            if alias in self.backends:
                yield self.place(route, f"STORAGES[{alias!r}]", NO_TENANT, alias), route.public
        for alias, router in self.routers.items():
            shared = router.template
            if shared is not None:
                yield self.place(shared, f"STORAGES[{alias!r}]", None, alias), shared.public
            for tenant, template in router.routes.items():
                label = f"STORAGES[{alias!r}] route of {tenant!r}"
                try:
                    route = template.render(tenant)
                except InvalidBackendError as error:
                    self._add("E006", alias, f"route of {tenant!r}: {error}", "Correct it.")
                    continue
                yield self.place(route, label, tenant, alias), route.public

    def places_of(self, *, public: bool) -> list[Place]:
        """The declared places that are public, or those that are not."""
        return self._public if public else self._private

    def _check_places(self) -> None:
        for one, other in overlaps(self.places):
            self._conflict(
                "E009",
                one,
                other,
                f"{one.label} ({one.bucket}/{one.prefix}) and {other.label} "
                f"({other.bucket}/{other.prefix}) can hold the same files on {one.endpoint}.",
                "Give each a bucket of its own, or prefixes of which none begins another.",
            )
        # A bucket is public or private as a whole: one policy stands for all that is in it.
        for public, private in shared_buckets(self._public, self._private):
            self._conflict(
                "E010",
                public,
                private,
                f"{public.label} is public and {private.label} is private, and both can be in the "
                f"bucket {public.bucket!r} on {public.endpoint}.",
                "Keep public files in a bucket of their own.",
            )

    def _conflict(self, code: str, one: Place, other: Place, message: str, hint: str) -> None:
        aliases = tuple(dict.fromkeys((one.alias, other.alias)))
        self.problems.append(Problem(code, aliases, message, hint))

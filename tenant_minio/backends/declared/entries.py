"""The entries of ``STORAGES`` that are this package's: backends, routers, plain storages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.module_loading import import_string

from tenant_minio.backends.base import Backend
from tenant_minio.backends.declared.agreement import expiry_problems, state_problems, stray_hooks
from tenant_minio.backends.declared.clusters import clusters_of
from tenant_minio.backends.declared.faults import Faults
from tenant_minio.backends.declared.places import NO_TENANT, place_problems, public_url_problems
from tenant_minio.backends.declared.plain import PLAIN_OPTIONS, read_buckets
from tenant_minio.backends.declared.routers import read_router
from tenant_minio.backends.declared.state import STATE_OPTIONS, BucketState, read_state
from tenant_minio.backends.declared.translation import Translation
from tenant_minio.backends.declared.written import Written
from tenant_minio.backends.write_options import WRITE_OPTIONS
from tenant_minio.exceptions import InvalidBackendError
from tenant_minio.problems import Problem
from tenant_minio.routing.overlap import Place
from tenant_minio.routing.route import Route
from tenant_minio.routing.router import Router
from tenant_minio.routing.template import Template

_ON_START = "check_on_start"
# Of a MinioStorage, beside how its cluster is reached.
MINIO_OPTIONS = PLAIN_OPTIONS | STATE_OPTIONS | {_ON_START}
_Build = Callable[[str, Mapping[str, Any]], tuple[Backend | None, list[Problem]]]


@dataclass(slots=True)
class Declared:
    """What STORAGES declares, right or wrong.

    Args:
        classes: the storage class of each alias.
        backends: the cluster of each alias that is one.
        clusters: alias to the endpoint by which its cluster is compared.
        routers: of the aliases that have tenants.
        plain: alias to its own location, where it has one.
        buckets: alias to all its buckets and their locations, its own among them.
        states: alias to what it asks of its buckets.
        on_start: the aliases that a server process checks before it serves.
        problems: all that is wrong.
        places: what the locations are compared by.
        users: endpoint and bucket to the aliases that are known to use it.
        written: how the storages write.
    """

    classes: dict[str, type] = field(default_factory=dict)
    backends: dict[str, Backend] = field(default_factory=dict)
    clusters: dict[str, str] = field(default_factory=dict)
    routers: dict[str, Router] = field(default_factory=dict)
    plain: dict[str, Route] = field(default_factory=dict)
    buckets: dict[str, dict[str, Route]] = field(default_factory=dict)
    states: dict[str, BucketState] = field(default_factory=dict)
    on_start: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    users: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    written: Written = field(default_factory=lambda: Written(()))
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
        names = {alias: found._translate(alias, options) for alias in found.classes}
        for alias, storage_class in found.classes.items():
            if getattr(storage_class, "public_by_default", False):
                options[alias].setdefault("public", True)
            if hasattr(storage_class, "option_problems"):
                found.problems += storage_class.option_problems(alias, options[alias])
        found.written = Written((alias, options[alias]) for alias in found.classes)
        found.problems += found.written.problems
        # Routes name backends, so those come first.
        for alias, storage_class in found.classes.items():
            if hasattr(storage_class, "build_backend"):
                found._read_backend(alias, storage_class.build_backend, options[alias])
        found.clusters = clusters_of(found.backends)
        broken = {
            alias
            for alias, storage_class in found.classes.items()
            if hasattr(storage_class, "build_backend") and alias not in found.backends
        }
        for alias, storage_class in found.classes.items():
            if not hasattr(storage_class, "build_backend"):
                extra = getattr(storage_class, "extra_options", ())
                own = {name: v for name, v in options[alias].items() if name not in extra}
                faults = Faults(alias)
                found.routers[alias] = read_router(faults, own, found.backends, broken)
                found._read_state(faults, own)
                found.problems += faults.found
        for place, public in found._places():
            found.places.append(place)
            found.users.setdefault((place.endpoint, place.bucket), set()).add(place.alias)
            (found._public if public else found._private).append(place)
        found.problems += place_problems(found._public, found._private)
        found.problems += public_url_problems(found._public, found.backends)
        found.problems += state_problems(found.places, found.states)
        found.problems += expiry_problems(found.places, found.states)
        custom = {alias for alias, router in found.routers.items() if router.custom}
        found.problems += stray_hooks(found.places, found.states, custom)
        found.problems += found.written.together(found.routers, found.backends)
        for alias, called in names.items():
            found.problems = [
                problem.renamed(called) if alias in problem.aliases else problem
                for problem in found.problems
            ]
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

    def _translate(self, alias: str, options: dict[str, dict[str, Any]]) -> Mapping[str, str]:
        """Put an entry's options into this package's words, where its class takes others.

        Returns what the settings call each option, by this package's name.
        """
        translate = getattr(self.classes[alias], "translate_options", None)
        if translate is None:
            return {}
        translated: Translation = translate(alias, options[alias])
        options[alias] = dict(translated.options)
        self.problems += translated.problems
        return translated.names

    def _read_backend(self, alias: str, build: _Build, options: Mapping[str, Any]) -> None:
        read_elsewhere = MINIO_OPTIONS | WRITE_OPTIONS
        own = {name: value for name, value in options.items() if name not in read_elsewhere}
        backend, problems = build(alias, own)
        self.problems += problems
        if backend is not None:
            self.backends[alias] = backend
        faults = Faults(alias)
        plain, routes = read_buckets(faults, options)
        self._read_state(faults, options)
        if not (routes or faults.found):
            for name in sorted(STATE_OPTIONS):
                if options.get(name) is not None:
                    faults.add("E003", f"has {name!r} but no bucket.", "Name the bucket.")
        self.problems += faults.found
        if plain is not None:
            self.plain[alias] = plain
        self.buckets[alias] = {route.bucket: route for route in routes}

    def _read_state(self, faults: Faults, options: Mapping[str, Any]) -> None:
        self.states[faults.alias] = read_state(faults, options)
        on_start = options.get(_ON_START, False)
        if not isinstance(on_start, bool):
            hint = "It takes True or False."
            faults.add("E005", f"option {_ON_START!r}: {on_start!r} is not valid.", hint)
        elif on_start:
            self.on_start.add(faults.alias)

    def place(self, route: Route | Template, label: str, owner: object, alias: str = "") -> Place:
        """A route as the overlap rules see it."""
        router = self.routers.get(alias)
        return Place(
            endpoint=self.clusters[route.backend],
            bucket=route.bucket,
            prefix=route.prefix,
            label=label,
            owner=owner,
            elsewhere=router.routes if router is not None and owner is None else (),
            alias=alias,
            backend=route.backend,
        )

    def _places(self) -> Iterator[tuple[Place, bool]]:
        """Each declared place, and whether it is public."""
        for alias in self.backends:
            for route in self.buckets[alias].values():
                label = f"STORAGES[{alias!r}]"
                if route != self.plain.get(alias):
                    label += f" bucket {route.bucket!r}"
                yield self.place(route, label, NO_TENANT, alias), route.public
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

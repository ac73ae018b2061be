"""The backends and routers of this process, built from all entries of ``STORAGES``."""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.core.signals import setting_changed

from tenant_minio.backends.base import Backend
from tenant_minio.backends.declared import Declared
from tenant_minio.backends.vetting import vet, vet_undeclared
from tenant_minio.backends.write_options import WriteOptions
from tenant_minio.exceptions import InvalidBackendError
from tenant_minio.problems import Problem
from tenant_minio.routing.overlap import shared_buckets
from tenant_minio.routing.route import Route
from tenant_minio.routing.router import Router

Entries = Mapping[str, Mapping[str, Any]]


class Registry:
    """Looks up what ``STORAGES`` declares, by alias.

    Built at first use and again after the settings changed, when the old clients are closed.
    Safe to use from many threads, and after a fork.
    """

    def __init__(self) -> None:
        self._declared: Declared | None = None
        self._lock = threading.RLock()

    @property
    def declared(self) -> Declared:
        """All that STORAGES declares, right or wrong."""
        declared = self._declared
        if declared is None:
            with self._lock:
                declared = self._declared
                if declared is None:
                    declared = Declared.read(entries())
                    self._refused = _by_alias(declared.problems)
                    self._vet = lru_cache(4096)(
                        lambda alias, tenant, route: vet(declared, alias, tenant, route)
                    )
                    self._vet_undeclared = lru_cache(4096)(
                        lambda alias, bucket: vet_undeclared(declared, alias, bucket)
                    )
                    self._write_options = lru_cache(4096)(declared.written.options)
                    self._declared = declared
        return declared

    def __getitem__(self, alias: str) -> Backend:
        """The backend of an alias.

        Raises:
            InvalidBackendError: there is none, or its settings are wrong.
        """
        declared = self.declared
        self._require_sound(alias)
        try:
            return declared.backends[alias]
        except KeyError:
            raise _unknown(alias, declared.backends, "backend") from None

    def router(self, alias: str) -> Router:
        """The router of a RoutingStorage. Raises InvalidBackendError."""
        declared = self.declared
        self._require_sound(alias)
        try:
            return declared.routers[alias]
        except KeyError:
            raise _unknown(alias, declared.routers, "RoutingStorage") from None

    def route(self, alias: str, tenant: str) -> Route:
        """Where the RoutingStorage ``alias`` keeps the files of ``tenant``.

        Raises:
            UnknownTenantError: no route leads to the tenant.
            InvalidBackendError: the settings are wrong, or a custom router's answer overlaps
                another tenant's location.
        """
        router = self.router(alias)
        route = router.route(tenant)
        if router.custom:
            self._vet(alias, tenant, route)
        return route

    def plain_route(self, alias: str) -> Route:
        """The one location of a storage that no tenant owns. Raises InvalidBackendError."""
        declared = self.declared
        self._require_sound(alias)
        try:
            return declared.plain[alias]
        except KeyError:
            others = declared.buckets.get(alias)
            if others:
                raise InvalidBackendError(
                    f"STORAGES[{alias!r}] names no 'bucket' of its own. Give it one, or choose "
                    f"with for_bucket: {', '.join(others)}."
                ) from None
            raise InvalidBackendError(
                f"STORAGES[{alias!r}] names no 'bucket', so it is a backend for routes only. Give "
                f"it one to use it as a storage, or use the RoutingStorage."
            ) from None

    def bucket_route(self, alias: str, bucket: str) -> Route:
        """The location of one of the buckets that the entry ``alias`` declares.

        Raises:
            InvalidBackendError: it declares no such bucket.
        """
        declared = self.declared
        self._require_sound(alias)
        buckets = declared.buckets.get(alias, {})
        try:
            return buckets[bucket]
        except KeyError:
            raise InvalidBackendError(
                f"STORAGES[{alias!r}] declares no bucket {bucket!r}. It declares: "
                f"{', '.join(buckets) or 'none'}. Add it to 'private_buckets' or 'public_buckets'."
            ) from None

    def undeclared_route(self, alias: str, bucket: str) -> Route:
        """A bucket that nobody declares, whole and private, on the cluster of ``alias``.

        For storages that let the code name buckets. Nothing that is declared may meet it.

        Raises:
            InvalidBackendError: it could hold the files of a tenant or of another storage.
        """
        _ = self[alias]
        return self._vet_undeclared(alias, bucket)

    def write_options(self, alias: str, backend: str) -> WriteOptions:
        """How the storage ``alias`` writes on a backend that its route names.

        Raises:
            InvalidBackendError: the settings are wrong.
        """
        declared = self.declared
        self._require_sound(alias)
        if backend not in declared.backends:
            raise _unknown(backend, declared.backends, "backend")
        return self._write_options(alias, backend)

    def alias_of(self, storage_class: type, options: Mapping[str, Any]) -> str:
        """The first entry of STORAGES with this class and these options.

        Django makes storages without telling them their alias.

        Raises:
            InvalidBackendError: there is no such entry.
        """
        same = (
            alias
            for alias, found in self.declared.classes.items()
            if found is storage_class
            and dict(entries()[alias].get("OPTIONS") or {}) == dict(options)
        )
        alias = next(same, None)
        if alias is not None:
            return alias
        del options, same  # pages that show an error show the values of its frames
        raise InvalidBackendError(
            f"This {storage_class.__name__} stands in no entry of STORAGES. Declare it there, and "
            f"use django.core.files.storage.storages[alias] or tenant_minio.storage.from_alias."
        )

    def declares(self, route: Route) -> bool:
        """Whether the settings themselves name the bucket of a route, and no custom router."""
        declared = self.declared
        own = declared.place(route, "a route", None)
        return any(shared_buckets([own], declared.places))

    def named_tenants(self) -> frozenset[str]:
        """The tenants that have a route of their own."""
        return frozenset(key for router in self.declared.routers.values() for key in router.routes)

    def _require_sound(self, alias: str) -> None:
        problem = self._refused.get(alias)
        if problem is not None:
            raise problem.error()

    def reset(self) -> None:
        """Read the settings again at next use, and close what was open."""
        with self._lock:
            declared, self._declared = self._declared, None
        if declared is not None:
            for backend in declared.backends.values():
                backend.close()

    def _after_fork(self) -> None:
        self._lock = threading.RLock()
        if self._declared is not None:
            for backend in self._declared.backends.values():
                backend.forget_connections()


# What declares entries elsewhere than in STORAGES, which wins where both name an alias.
entry_sources: list[Callable[[], Entries]] = []


def entries() -> Entries:
    entries: Entries = settings.STORAGES  # type: ignore[assignment]
    elsewhere = {alias: entry for source in entry_sources for alias, entry in source().items()}
    return {**elsewhere, **entries} if elsewhere else entries


def _by_alias(problems: list[Problem]) -> dict[str, Problem]:
    return {alias: problem for problem in reversed(problems) for alias in problem.aliases}


def _unknown(alias: str, known: Mapping[str, object], what: str) -> InvalidBackendError:
    near = get_close_matches(str(alias), list(known), n=1)
    hint = f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(known) or 'none'}."
    return InvalidBackendError(f"STORAGES declares no {what} {alias!r}. {hint}")


registry = Registry()
atexit.register(registry.reset)
os.register_at_fork(after_in_child=registry._after_fork)  # noqa: SLF001 -- our own


def _follow_settings(*, setting: str, **_kwargs: object) -> None:
    if setting == "STORAGES":
        registry.reset()


setting_changed.connect(_follow_settings, dispatch_uid="tenant_minio.registry")

"""Django system checks: every wrong setting, with what to do. None of them uses the network."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from ipaddress import ip_network
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.apps import apps
from django.conf import settings
from django.core import checks
from django.db.models import FileField

from tenant_minio.backends.registry import registry
from tenant_minio.conf import DEFAULTS, load
from tenant_minio.exceptions import InvalidBackendError
from tenant_minio.problems import Problem
from tenant_minio.storage import RoutingStorage, TenantFileField

_CALLABLES = ("CURRENT", "TENANTS", "EXISTS")
_LISTS = ("RESOLVERS", "PASS_THROUGH", "BASE_DOMAINS", "TRUSTED_PROXIES")


def register() -> None:
    """Add the checks to Django's."""
    checks.register(check_storages, checks.Tags.files)
    checks.register(check_settings)
    checks.register(check_shared_apps, checks.Tags.models)


def check_storages(**_kwargs: Any) -> list[checks.CheckMessage]:
    """The entries of STORAGES that are this package's."""
    return [_error(problem) for problem in registry.declared.problems]


def check_settings(**_kwargs: Any) -> list[checks.CheckMessage]:
    """``settings.TENANT_MINIO``."""
    given = getattr(settings, "TENANT_MINIO", {})
    if not isinstance(given, dict):
        return [_error(Problem("E012", (), "TENANT_MINIO is no dict.", "See docs/settings.md."))]
    return [_error(problem) for problem in _settings_problems(given)]


def _settings_problems(given: dict[str, Any]) -> Iterator[Problem]:
    for name in given:
        if name not in DEFAULTS:
            near = get_close_matches(str(name).upper(), DEFAULTS, n=1)
            hint = f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(DEFAULTS)}."
            yield Problem("E012", (), f"TENANT_MINIO has the unknown setting {name!r}.", hint)
    for name in _LISTS:
        if isinstance(given.get(name), str):
            message = f"TENANT_MINIO[{name!r}] is text, not a list."
            yield Problem("E012", (), message, f"Write [{given[name]!r}].")
    named = [(name, given.get(name)) for name in _CALLABLES]
    resolvers = given.get("RESOLVERS") or ()
    named += [("RESOLVERS", entry) for entry in resolvers if not isinstance(resolvers, str)]
    for name, value in named:
        try:
            found = load(value, name) if isinstance(value, str) else value
        except InvalidBackendError as error:
            yield Problem("E011", (), str(error), "Correct the dotted path.")
            continue
        if found is not None and not callable(found):
            message = f"TENANT_MINIO[{name!r}]: {value!r} is not callable."
            yield Problem("E012", (), message, "Write the dotted path of a callable.")
        elif name in _CALLABLES and iscoroutinefunction(found):
            message = f"TENANT_MINIO[{name!r}]: {value!r} is a coroutine function."
            yield Problem("E012", (), message, "It is asked from sync code: write a plain one.")
    yield from _address_problems(given)


def _address_problems(given: dict[str, Any]) -> Iterator[Problem]:
    for proxy in given.get("TRUSTED_PROXIES") or ():
        try:
            ip_network(proxy, strict=False)
        except ValueError as error:
            message = f"TENANT_MINIO['TRUSTED_PROXIES']: {error}."
            yield Problem("E012", (), message, "Write addresses or networks.")
    for host in given.get("HOSTS") or ():
        if host != host.lower().rstrip(".").partition(":")[0]:
            message = f"TENANT_MINIO['HOSTS'] names {host!r}, which no request matches."
            yield Problem("E012", (), message, "Write it in lower case, without port and last dot.")


def check_shared_apps(**_kwargs: Any) -> list[checks.CheckMessage]:
    """A plain FileField on a RoutingStorage in an app that lives in the public schema only.

    Such a table has no tenant, so every use of the file would raise NoTenantError.
    """
    shared = set(getattr(settings, "SHARED_APPS", ())) - set(getattr(settings, "TENANT_APPS", ()))
    public = getattr(settings, "PUBLIC_SCHEMA_NAME", "public")
    found: list[checks.CheckMessage] = []
    for config in apps.get_app_configs():
        paths = {config.name, f"{type(config).__module__}.{type(config).__qualname__}"}
        if not paths & shared:
            continue
        for model in config.get_models():
            for field in model._meta.local_fields:  # noqa: SLF001 -- Django's documented API
                if not isinstance(field, FileField) or not isinstance(
                    field.storage, RoutingStorage
                ):
                    continue
                named = public in registry.named_tenants()
                if named or (isinstance(field, TenantFileField) and field.tenant):
                    continue
                found.append(
                    checks.Error(
                        f"{field} stores by tenant, but {config.label!r} is one of SHARED_APPS: "
                        f"its table has no tenant.",
                        hint=f"Use TenantFileField(tenant=...), another storage, or name a route "
                        f"for {public!r}.",
                        obj=field,
                        id="tenant_minio.E013",
                    )
                )
    return found


def _error(problem: Problem) -> checks.Error:
    return checks.Error(problem.message, hint=problem.hint, id=f"tenant_minio.{problem.code}")

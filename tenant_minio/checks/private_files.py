"""What is wrong in ``TENANT_MINIO["PRIVATE"]``, by itself and beside ``STORAGES``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.core import checks
from django.core.files.storage import InvalidStorageError

from tenant_minio.backends.registry import registry
from tenant_minio.conf import load
from tenant_minio.exceptions import InvalidBackendError
from tenant_minio.private.conf import DEFAULTS, private_setting, value_problem
from tenant_minio.private.fields import PrivateFileField
from tenant_minio.private.servers import SERVERS, server_class
from tenant_minio.problems import Problem
from tenant_minio.storage.base import ObjectStorage
from tenant_minio.tenants.callables import is_coroutine

_FOR_FOLDERS = frozenset({"x-sendfile", "x-accel"})
_FOR_CLUSTERS = frozenset({"x-accel-cluster", "redirect"})


def private_problems(given: Mapping[str, Any]) -> Iterator[Problem]:
    """Every setting for private files that is unknown, of the wrong kind, or leads nowhere."""
    for name in given:
        if name not in DEFAULTS:
            near = get_close_matches(str(name).upper(), DEFAULTS, n=1)
            hint = f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(DEFAULTS)}."
            message = f"TENANT_MINIO['PRIVATE'] has the unknown setting {name!r}."
            yield Problem("E050", (), message, hint)
    for name in DEFAULTS:
        problem = value_problem(name, given[name]) if name in given else None
        if problem is not None:
            yield problem
    if "PERMISSION" in given:
        yield from _rule_problems(given["PERMISSION"])
    if "SERVER" in given:
        yield from _server_problems(given["SERVER"])
    if given:
        yield from _storage_problems()


def _rule_problems(rule: Any) -> Iterator[Problem]:
    said = f"TENANT_MINIO['PRIVATE']['PERMISSION']: {rule!r}"
    try:
        found = load(rule, "PRIVATE") if isinstance(rule, str) else rule
    except InvalidBackendError as error:
        yield Problem("E051", (), str(error), "Correct the dotted path.")
        return
    if not callable(found) or isinstance(found, type):
        yield Problem("E051", (), f"{said} is no function.", "It is asked (private_file) -> bool.")
    elif is_coroutine(found):
        hint = "It is asked from sync code: write a plain one."
        yield Problem("E051", (), f"{said} is a coroutine function.", hint)


def _server_problems(server: Any) -> Iterator[Problem]:
    try:
        found = server_class(server)
    except InvalidBackendError as error:
        yield Problem("E051", (), f"TENANT_MINIO['PRIVATE']['SERVER']: {error}", "Correct it.")
        return
    if not callable(getattr(found, "serve", None)):
        message = f"TENANT_MINIO['PRIVATE']['SERVER']: {server!r} is no server."
        yield Problem("E051", (), message, "It is a class with serve(private_file).")


def _storage_problems() -> Iterator[Problem]:
    try:
        alias, server = private_setting("STORAGE"), private_setting("SERVER")
    except InvalidBackendError:
        return  # told above
    if alias not in settings.STORAGES:
        known = ", ".join(settings.STORAGES)
        message = f"TENANT_MINIO['PRIVATE']['STORAGE'] names {alias!r}."
        yield Problem("E052", (), message, f"STORAGES has: {known}.")
        return
    on_a_cluster = alias in registry.declared.classes
    other = _FOR_CLUSTERS if not on_a_cluster else _FOR_FOLDERS
    if server in other:
        yield Problem(
            "E053",
            (),
            f"TENANT_MINIO['PRIVATE']['SERVER'] is {server!r}, and STORAGES[{alias!r}] is "
            f"{'on a cluster' if on_a_cluster else 'on none'}.",
            f"Use {', '.join(sorted(set(SERVERS) - other))}.",
        )


def check_private_fields(
    app_configs: Iterable[AppConfig] | None = None, **_kwargs: Any
) -> list[checks.CheckMessage]:
    """Every private field whose storage gives its files to anyone who knows their names."""
    return [
        checks.Warning(
            f"{field} is a private field on a public storage: its rules bind nobody who asks the "
            f"cluster.",
            hint="Take 'public' out of the storage's options, or use a plain FileField.",
            obj=field,
            id="tenant_minio.W010",
        )
        for config in app_configs or apps.get_app_configs()
        for model in config.get_models()
        for field in model._meta.local_fields  # noqa: SLF001 -- Django's documented API
        if isinstance(field, PrivateFileField) and _is_public(field)
    ]


def _is_public(field: PrivateFileField) -> bool:
    try:
        storage = field.storage
        if not isinstance(storage, ObjectStorage):
            return False
        declared, alias = registry.declared, storage.alias
    except (InvalidBackendError, InvalidStorageError):
        return False  # told of elsewhere
    router = declared.routers.get(alias)
    if router is not None:
        templates = [*router.routes.values(), *([router.template] if router.template else [])]
        return any(template.public for template in templates)
    route = declared.plain.get(alias)
    return route is not None and route.public

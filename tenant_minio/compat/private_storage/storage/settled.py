"""Storages on a cluster that take their options from top-level settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.signals import setting_changed
from django.urls import reverse

from tenant_minio.backends.declared.translation import Translation
from tenant_minio.backends.registry import entry_sources, registry
from tenant_minio.problems import Problem
from tenant_minio.storage import MinioStorage

_TOLD = "docs/migrating-from-django-private-storage.md"


def setting(*names: str, default: Any = None) -> Any:
    """The first of these settings that is there; False and 0 are there, None and ``""`` are not."""
    for name in names:
        value = getattr(settings, name, None)
        if value is not None and value != "":
            return value
    return default


class SettledStorage(MinioStorage):
    """A :class:`MinioStorage` that is declared by settings, and by an entry of STORAGES as well.

    Made by hand, as old code makes it, it is the one that the settings declare.
    """

    # The entry that stands for the settings.
    settled_alias = ""

    @classmethod
    def settled(cls) -> tuple[dict[str, Any], dict[str, str]]:
        """The options that the settings make, and which setting refuses to become one, and why."""
        raise NotImplementedError

    @classmethod
    def translate_options(cls, alias: str, options: Mapping[str, Any]) -> Translation:
        """The settings in this package's words, and the entry's own options over them."""
        made, refused = cls.settled()
        problems = [
            Problem("E002", (alias,), f"{name} cannot be done here: {why}.", f"See {_TOLD}.")
            for name, why in refused.items()
        ]
        return Translation({**made, **options}, {}, problems)

    @property
    def alias(self) -> str:
        """The entry of STORAGES that this storage is, or the settings' own."""
        return self._alias or self.settled_alias

    def deconstruct(self) -> tuple[str, tuple[str, ...], dict[str, str]]:
        """How migrations write it down: by class, as ever; by alias where an entry declares it."""
        if self._alias is not None:
            return super().deconstruct()
        return f"{type(self).__module__}.{type(self).__qualname__}", (), {}

    def __reduce__(self) -> Any:
        return (type(self), ()) if self._alias is None else super().__reduce__()

    def view_url(self, name: str | None) -> str:
        """Where the view gives the file."""
        return reverse("serve_private_file", kwargs={"path": name})


def declare(storage_class: type[SettledStorage], prefixes: tuple[str, ...]) -> None:
    """Let settings declare a storage, where they make any option of it.

    Args:
        prefixes: what the names of its settings begin with.
    """
    alias = storage_class.settled_alias
    entry = {"BACKEND": f"{storage_class.__module__}.{storage_class.__qualname__}"}

    def follow(*, setting: str, **_kwargs: object) -> None:
        if setting.startswith(prefixes):
            registry.reset()

    entry_sources.append(lambda: {alias: entry} if storage_class.settled()[0] else {})
    registry.reset()  # it may have been read without that source
    setting_changed.connect(follow, weak=False, dispatch_uid=f"tenant_minio.compat.{alias}")

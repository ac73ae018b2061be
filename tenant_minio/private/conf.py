"""A live view of ``TENANT_MINIO["PRIVATE"]``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from tenant_minio.conf import conf, load

if TYPE_CHECKING:
    from tenant_minio.private.files import PrivateFile

Rule = Callable[["PrivateFile"], bool]

DEFAULTS: Mapping[str, Any] = {
    # the entry of STORAGES that holds the private files
    "STORAGE": "default",
    # (private_file) -> bool: who may have a file
    "PERMISSION": "tenant_minio.private.permissions.allow_superuser",
}


def private_setting(name: str) -> Any:
    """The value of ``TENANT_MINIO["PRIVATE"][name]``, or its default."""
    given = conf.get("PRIVATE")
    return given[name] if name in given else DEFAULTS[name]


def rule() -> Rule:
    """What says who may have a file. Raises InvalidBackendError."""
    found: Rule = loaded("PERMISSION")
    return found


def loaded(name: str) -> Any:
    """The value of a setting that may be a dotted path. Raises InvalidBackendError."""
    value = private_setting(name)
    return load(value, "PRIVATE") if isinstance(value, str) else value

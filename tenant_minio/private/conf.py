"""A live view of ``TENANT_MINIO["PRIVATE"]``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from tenant_minio.backends.options import MAX_EXPIRY
from tenant_minio.conf import conf, load
from tenant_minio.problems import Problem

if TYPE_CHECKING:
    from tenant_minio.private.files import PrivateFile

Rule = Callable[["PrivateFile"], bool]

DEFAULTS: Mapping[str, Any] = {
    # the entry of STORAGES that holds the private files
    "STORAGE": "default",
    # (private_file) -> bool: who may have a file
    "PERMISSION": "tenant_minio.private.permissions.allow_superuser",
    # how files are sent: a name of tenant_minio.private.servers, a dotted path or a class
    "SERVER": "streaming",
    # for x-accel: the internal location of nginx that is an alias of the storage's folder
    "INTERNAL_URL": "/private-x-accel-redirect/",
    # for x-accel-cluster: the internal locations of nginx, one below it for each backend's alias
    "CLUSTER_URL": "/private-clusters/",
    # for x-accel-cluster and redirect: life of the signed URL, in seconds
    "URL_EXPIRY": 60,
    # of what is sent; a browser may keep it, and asks each time whether it may still show it
    "CACHE_CONTROL": "private, no-cache",
    # how HTML, SVG, XML and the like are sent: attachment, sandbox or inline
    "ACTIVE_CONTENT": "attachment",
    # under ASGI: how many pieces are read at once from each cluster
    "THREADS": 32,
    # that links are signed with: the first signs, all of them are believed; SECRET_KEY if empty
    "SHARE_KEYS": (),
}


# How HTML, SVG, XML and scripts are sent: as a download, in a sandbox, or as any other file.
ACTIVE_CONTENT = ("attachment", "sandbox", "inline")


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _is_place(value: object) -> bool:
    return isinstance(value, str) and value.startswith("/") and value.endswith("/")


def _are_keys(value: object) -> bool:
    if not isinstance(value, list | tuple):
        return False
    return all(isinstance(key, str) and key for key in value)


# What a value must be, and in words.
_KINDS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "STORAGE": (lambda value: isinstance(value, str), "an alias of STORAGES"),
    "INTERNAL_URL": (_is_place, "a path that begins and ends in /"),
    "CLUSTER_URL": (_is_place, "a path that begins and ends in /"),
    "URL_EXPIRY": (
        lambda value: _is_count(value) and value <= MAX_EXPIRY,
        f"a number of seconds, at most {MAX_EXPIRY}",
    ),
    "CACHE_CONTROL": (lambda value: isinstance(value, str) and bool(value), "a header's value"),
    "ACTIVE_CONTENT": (lambda value: value in ACTIVE_CONTENT, ", ".join(ACTIVE_CONTENT)),
    "THREADS": (_is_count, "a number of threads"),
    "SHARE_KEYS": (_are_keys, "a list of random texts"),
}


def private_setting(name: str) -> Any:
    """The value of ``TENANT_MINIO["PRIVATE"][name]``, or its default.

    Raises:
        InvalidBackendError: it cannot be one.
    """
    given = conf.get("PRIVATE")
    if name not in given:
        return DEFAULTS[name]
    problem = value_problem(name, given[name])
    if problem is not None:
        raise problem.error()
    return given[name]


def value_problem(name: str, value: Any) -> Problem | None:
    """What is wrong with the value of a setting."""
    fits, what = _KINDS.get(name, (None, ""))
    if fits is None or fits(value):
        return None
    shown = "what is given" if name == "SHARE_KEYS" else repr(value)
    message = f"TENANT_MINIO['PRIVATE'][{name!r}]: {shown} is not valid."
    return Problem("E050", (), message, f"It takes {what}.")


def rule() -> Rule:
    """What says who may have a file. Raises InvalidBackendError."""
    found: Rule = loaded("PERMISSION")
    return found


def loaded(name: str) -> Any:
    """The value of a setting that may be a dotted path. Raises InvalidBackendError."""
    value = private_setting(name)
    return load(value, "PRIVATE") if isinstance(value, str) else value

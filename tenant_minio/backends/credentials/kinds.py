"""What the option ``credentials`` can be."""

from __future__ import annotations

from enum import Enum
from inspect import Signature, signature
from typing import Any

from django.utils.module_loading import import_string
from minio.credentials.providers import Provider

STATIC = "static"
STS = "sts"
# What URLs are signed with.
OWN = "own"
TENANT = "tenant"
# Seconds that a key of STS may last: AWS and MinIO take no less; more would outlive every URL.
MIN_DURATION = 900
MAX_DURATION = 7 * 24 * 3600


class Kind(Enum):
    """Where the credentials of data come from."""

    OWN = "the backend's own key"
    STS = "AssumeRole, for each route"
    PROVIDER = "one of minio-py's providers, for the whole backend"
    CALLABLE = "a callable, asked for each route"


def kind_of(value: object) -> Kind | None:
    """Which one a value of the option is, after its dotted path was imported; None if none."""
    if value is None or value == STATIC:
        return Kind.OWN
    if value == STS:
        return Kind.STS
    if isinstance(value, Provider):
        return Kind.PROVIDER
    if not callable(value):
        return None
    try:
        taken = signature(value)
    except (TypeError, ValueError):  # a callable of C that does not tell
        return None
    is_provider = isinstance(value, type) and issubclass(value, Provider)
    if _takes(taken):
        return Kind.PROVIDER if is_provider or not _takes(taken, None) else Kind.CALLABLE
    return Kind.CALLABLE if _takes(taken, None) and not is_provider else None


def _takes(taken: Signature, *arguments: object) -> bool:
    try:
        taken.bind(*arguments)
    except TypeError:
        return False
    return True


def is_path(value: object) -> bool:
    """Whether a value has to be imported."""
    return isinstance(value, str) and value not in {STATIC, STS}


def imported(value: Any) -> Any:
    """The value itself, or what its dotted path names. Raises ImportError."""
    return import_string(value) if is_path(value) else value

"""Rules that say who may have a file: ``(private_file) -> bool``.

A rule sees ``private_file.user``, ``private_file.tenant``, ``private_file.parent_object``,
``private_file.relative_name`` and the request. It is asked before the storage is, so that a file
that is refused takes as long as one that is not there.
"""

from __future__ import annotations

import inspect
from typing import Any

from tenant_minio.exceptions import InvalidBackendError
from tenant_minio.private.files import PrivateFile


def allow_authenticated(private_file: PrivateFile) -> bool:
    """Anyone who is signed in, within the tenant of the request."""
    return _has(private_file.user)


def allow_staff(private_file: PrivateFile) -> bool:
    """Who may sign in to the admin."""
    return _has(private_file.user, "is_staff")


def allow_superuser(private_file: PrivateFile) -> bool:
    """Who may do everything."""
    return _has(private_file.user, "is_superuser")


def _has(user: Any, also: str = "is_authenticated") -> bool:
    return user is not None and bool(user.is_authenticated and getattr(user, also))


def decided(answer: object) -> bool:
    """What a rule's answer means.

    Raises:
        InvalidBackendError: it is to be awaited, which would count as a yes.
    """
    if inspect.isawaitable(answer):
        if inspect.iscoroutine(answer):
            answer.close()
        raise InvalidBackendError(
            "The rule for a private file is a coroutine function. It is asked from sync code: "
            "write a plain one."
        )
    return bool(answer)

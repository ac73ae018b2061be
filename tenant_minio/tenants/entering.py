"""Step into a tenant from where nothing is inherited: its rows, its files and the context at once.

For what runs by itself, such as a task of a worker or a search through all tenants.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, nullcontext

from tenant_minio.conf import conf
from tenant_minio.exceptions import TenantMismatchError
from tenant_minio.tenants.context import isolate


@contextmanager
def entered(key: str | None, named: Callable[[], Collection[str]]) -> Iterator[None]:
    """Run a block inside ``key``, or outside of all tenants, by ``TENANT_MINIO["ENTER"]`` too.

    Args:
        key: None for outside of all.
        named: the tenants that a route names, of which one may stand outside of all.

    Raises:
        TenantMismatchError: ENTER led elsewhere.
        InvalidTenantError: ``key`` is neither None nor a key.
    """
    enter = conf.enter
    with isolate(None), nullcontext() if enter is None else enter(key), isolate(key):
        if enter is not None:
            _check(key, named)
        yield


def _check(key: str | None, named: Callable[[], Collection[str]]) -> None:
    source = conf.current
    if source is None:
        return
    live = source()
    # Outside of all tenants stands what a route may name as one, such as the public schema.
    if live != key and not (key is None and live in named()):
        raise TenantMismatchError(
            f"TENANT_MINIO['ENTER'] was to enter {'no tenant' if key is None else repr(key)}, "
            f"but TENANT_MINIO['CURRENT'] says {live!r}. Have it set what CURRENT reads."
        )

"""Tools for tests: clusters in memory, leak checks, real servers, and fixtures with all of them.

The names load at first use: pytest imports the plugin beside this before Django is configured.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tenant_minio.testing.leaks import LeakError as LeakError
    from tenant_minio.testing.leaks import assert_no_leak as assert_no_leak
    from tenant_minio.testing.memory import in_memory as in_memory

_HOMES = {
    "LeakError": "tenant_minio.testing.leaks",
    "assert_no_leak": "tenant_minio.testing.leaks",
    "in_memory": "tenant_minio.testing.memory",
}

__all__ = [*_HOMES]  # noqa: PLE0604 -- they are the keys of the table above


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)

"""Who asks for files, and where these are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage, storages
from django.test import RequestFactory, override_settings

from tests.conftest import MEMORY, entry

STRANGER = SimpleNamespace(is_authenticated=False, is_staff=False, is_superuser=False)
MEMBER = SimpleNamespace(is_authenticated=True, is_staff=False, is_superuser=False)
STAFF = SimpleNamespace(is_authenticated=True, is_staff=True, is_superuser=False)
ROOT = SimpleNamespace(is_authenticated=True, is_staff=True, is_superuser=True)


def asking(user: Any = ROOT, method: str = "GET", **headers: str) -> Any:
    """A request for a file; header names with underscores."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    request = RequestFactory().generic(method, "/private/", headers=given)
    request.user = user
    return request


@pytest.fixture
def private_settings() -> Iterator[Callable[..., None]]:
    """Set values of ``TENANT_MINIO["PRIVATE"]`` for one test."""
    active: list[override_settings] = []

    def use(**values: Any) -> None:
        override = override_settings(TENANT_MINIO={"PRIVATE": values})
        override.enable()
        active.append(override)

    yield use
    while active:
        active.pop().disable()


@pytest.fixture
def local(tmp_path: Path) -> FileSystemStorage:
    """A storage in a local folder."""
    return FileSystemStorage(location=tmp_path / "private", base_url="/media/")


@pytest.fixture(params=["local", "minio", "versitygw", "memory"])
def storage(
    request: pytest.FixtureRequest,
    use_storages: Callable[..., None],
    new_bucket: Callable[[str], str],
) -> Any:
    """A storage in a local folder, and one in a bucket of its own on each kind of cluster."""
    if request.param == "local":
        return request.getfixturevalue("local")
    if request.param == "memory":
        use_storages(plain={**MEMORY, "OPTIONS": {"bucket": "private"}})
        return storages["plain"]
    server = request.getfixturevalue(f"{request.param}_server")
    use_storages(plain=entry(server))
    use_storages(plain=entry(server, bucket=new_bucket("plain")))
    return storages["plain"]


@pytest.fixture
def memory(use_storages: Callable[..., None]) -> Any:
    """A routing storage in memory."""
    options = {"backend": "eu", "bucket": "media", "prefix": "tenants/{tenant}/"}
    use_storages(
        default={"BACKEND": "tenant_minio.RoutingStorage", "OPTIONS": options},
        eu={"BACKEND": "tenant_minio.MemoryStorage"},
    )
    return storages["default"]

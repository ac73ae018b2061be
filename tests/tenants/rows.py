"""Files under one name in two tenants, and all that can be done to them."""

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from tenant_minio import use_tenant

USES: dict[str, Callable[[Any], object]] = {
    "open": lambda file: file.open(),
    "read": lambda file: file.read(),
    "size": lambda file: file.size,
    "url": lambda file: file.url,
    "save": lambda file: file.save("plan.pdf", ContentFile(b"stolen"), save=False),
    "delete": lambda file: file.delete(save=False),
    "storage": lambda file: file.storage.exists("docs/plan.pdf"),
}
each_use = pytest.mark.parametrize("use", USES.values(), ids=USES)


COPIES: dict[str, Callable[[Any], Any]] = {
    "pickle": lambda row: pickle.loads(pickle.dumps(row)),
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
}
each_copy = pytest.mark.parametrize("duplicate", COPIES.values(), ids=COPIES)


def declare_files(use_storages: Callable[..., None]) -> None:
    """The same name in both tenants."""
    route = {"backend": "eu", "bucket": "media", "prefix": "tenants/{tenant}/"}
    use_storages(
        default={"BACKEND": "tenant_minio.RoutingStorage", "OPTIONS": route},
        eu={"BACKEND": "tenant_minio.MemoryStorage"},
    )
    for key in ("acme", "globex"):
        with use_tenant(key):
            default_storage.save("docs/plan.pdf", ContentFile(key.encode()))


def assert_files_are_untouched() -> None:
    for key in ("acme", "globex"):
        storage = default_storage.for_tenant(key)
        assert storage.listdir("docs") == ([], ["plan.pdf"])
        assert storage.open("docs/plan.pdf").read() == key.encode()

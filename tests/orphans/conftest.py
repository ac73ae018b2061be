"""Two customers with schemas, their files on each kind of cluster, and a plain storage."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from tenant_minio import registry
from tenant_minio.backends.memory import MemoryBackend
from tenant_minio.backends.s3 import S3Backend
from tenant_minio.orphans import Report, Rules, clean, scan, select

WITH_SCHEMAS = {
    "CURRENT": "tenant_minio.contrib.django_tenants.current_schema",
    "TENANTS": "tenant_minio.contrib.django_tenants.all_schemas",
    "EXISTS": "tenant_minio.contrib.django_tenants.tenant_exists",
    "ENTER": "tenant_minio.contrib.django_tenants.enter",
}
ANY_SHARE = Rules(max_orphans=100)


@dataclass(frozen=True)
class World:
    """What the cluster holds, seen past the storages.

    Args:
        bucket: of the tenants, who have prefixes in it.
        reports: of the plain storage.
    """

    bucket: str
    reports: str

    def put(self, *keys: str, data: bytes = b"1") -> None:
        for key in keys:
            registry["eu"].put(self.bucket, key, data, {})

    def put_reports(self, *keys: str) -> None:
        for key in keys:
            registry["reports"].put(self.reports, key, b"1", {})

    def held(self) -> list[str]:
        return [one.key for page in registry["eu"].walk(self.bucket, "") for one in page.objects]


@pytest.fixture
def world(
    cluster: dict[str, Any],
    use_storages: Callable[..., None],
    new_bucket: Callable[[str], str],
    settings: Any,
    schemas: list[str],
) -> World:
    """STORAGES with one bucket for tenants, and one for reports."""
    use_storages(eu=cluster)
    media, reports = new_bucket("eu"), new_bucket("eu")
    route = {"backend": "eu", "bucket": media, "prefix": "tenants/{tenant}/"}
    entries = {
        "default": {"BACKEND": "tenant_minio.RoutingStorage", "OPTIONS": route},
        "eu": cluster,
        "reports": {**cluster, "OPTIONS": {**cluster["OPTIONS"], "bucket": reports}},
    }
    use_storages(**entries)
    settings.TENANT_MINIO = WITH_SCHEMAS
    return World(media, reports)


@pytest.fixture
def hours_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clusters' clocks, a day on from when the objects were stored."""
    for backend in (S3Backend, MemoryBackend):
        walk = backend.walk

        def later(self: Any, bucket: str, prefix: str, walk: Any = walk) -> Iterator[Any]:
            for page in walk(self, bucket, prefix):
                yield replace(page, at=page.at + timedelta(days=1))

        monkeypatch.setattr(backend, "walk", later)


def one(need_of: str | None, storage: str = "default") -> Any:
    """The location of one tenant, or of a plain storage."""
    tenants = () if need_of is None else (need_of,)
    (need,) = select(tenants=tenants, storage="reports" if need_of is None else storage)
    return need


def scanned(tenant: str | None, rules: Rules = ANY_SHARE) -> Report:
    return scan(one(tenant), rules)


def cleaned(tenant: str | None, rules: Rules = ANY_SHARE) -> Report:
    return clean(one(tenant), rules)

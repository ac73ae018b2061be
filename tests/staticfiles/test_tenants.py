"""One place of static files for each tenant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage, storages
from django.core.management import CommandError
from django.test import override_settings

from tenant_minio import current_tenant, registry, use_tenant
from tenant_minio.exceptions import NoTenantError
from tests.conftest import bucket_name, entry, remove_bucket
from tests.staticfiles.conftest import FILES, collect, contents, write

KEYS = ["acme", "globex"]
AS_BYTES = {name: text.encode() for name, text in FILES.items()}


def all_tenants() -> list[str]:
    return KEYS


class TenantFinder(BaseFinder):
    """Finds the current tenant's own files, as those of multi-tenant packages do."""

    root: Path

    def list(self, ignore_patterns: Any) -> Any:
        source = FileSystemStorage(location=self.root / str(current_tenant()))
        return [(name, source) for name in source.listdir("")[1]]


@pytest.fixture
def static(minio_server: Any, versitygw_server: Any, use_storages: Any, sources: Path) -> Any:
    """acme on one cluster, all others on another."""
    shared, own = bucket_name(), bucket_name()
    routes = {"acme": {"backend": "us", "bucket": own, "prefix": ""}}
    options = {"backend": "eu", "bucket": shared, "prefix": "t/{tenant}/", "routes": routes}
    backend = "tenant_minio.RoutingStaticStorage"
    use_storages(
        staticfiles={"BACKEND": backend, "OPTIONS": options},
        eu=entry(minio_server),
        us=entry(versitygw_server),
    )
    with override_settings(TENANT_MINIO={"TENANTS": f"{__name__}.all_tenants"}):
        yield storages["staticfiles"]
    for alias, bucket in (("eu", shared), ("us", own)):
        if registry[alias].bucket_exists(bucket):
            remove_bucket(registry[alias].options, bucket)  # type: ignore[attr-defined]


def test_all_tenants_are_filled(static: Any) -> None:
    assert f"{2 * len(FILES)} static files copied" in collect("--all-tenants")
    for key in KEYS:
        assert contents(static.for_tenant(key)) == AS_BYTES
    assert f"0 static files copied, {2 * len(FILES)} unmodified" in collect("--all-tenants")


def test_one_tenant_is_filled_and_no_other(static: Any) -> None:
    collect("--tenant", "globex")
    assert contents(static.for_tenant("globex")) == AS_BYTES
    with use_tenant("globex"):
        assert "/t/globex/css/a.css" in static.url("css/a.css")
        assert "/t/globex/" in static.url("")
    with pytest.raises(NoTenantError):
        static.url("css/a.css")
    assert not registry["us"].bucket_exists(static.for_tenant("acme").locate().route.bucket)


def test_clear_leaves_other_tenants_alone(static: Any, sources: Path) -> None:
    collect("--all-tenants")
    (sources / "data.json").unlink()
    with use_tenant("globex"):
        collect("--clear")
    assert not static.for_tenant("globex").exists("data.json")
    assert static.for_tenant("acme").exists("data.json")


def test_each_gets_what_is_found_for_it(static: Any, tmp_path: Path) -> None:
    for key in KEYS:
        write(tmp_path / "own" / key, "logo.svg", key)
    TenantFinder.root = tmp_path / "own"
    with override_settings(STATICFILES_FINDERS=[f"{__name__}.TenantFinder"]):
        collect("--all-tenants")
    for key in KEYS:
        assert contents(static.for_tenant(key)) == {"logo.svg": key.encode()}


def test_without_a_tenant_or_with_an_unknown_one_nothing_is_done(static: Any) -> None:
    for arguments in ([], ["--tenant", "nobody"], ["--tenant", "acme", "--all-tenants"]):
        with pytest.raises(CommandError, match="enant"):
            collect(*arguments)
    assert not registry["eu"].bucket_exists(static.for_tenant("globex").locate().route.bucket)


def test_a_dead_cluster_fails_its_own_tenants_only(
    static: Any, minio_server: Any, use_storages: Any
) -> None:
    from django.conf import settings

    dead = entry(minio_server, endpoint="127.0.0.1:1")
    before = settings.STORAGES
    use_storages(**{**before, "us": dead})
    with pytest.raises(CommandError, match="1 of 2 tenants failed"):
        collect("--all-tenants")
    assert contents(storages["staticfiles"].for_tenant("globex")) == AS_BYTES
    use_storages(**before)


def test_a_storage_without_tenants_takes_none(use_static: Any, minio_server: Any) -> None:
    use_static("tenant_minio.MinioStaticStorage", minio_server.storage_options())
    with pytest.raises(CommandError, match="no tenants"):
        collect("--tenant", "acme")

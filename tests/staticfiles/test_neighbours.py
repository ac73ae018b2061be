"""Static files beside other storages in one bucket: none loses a file to them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import CommandError
from django.test import override_settings

from tenant_minio import registry, use_tenant
from tests.conftest import bucket_name, entry, remove_bucket
from tests.staticfiles.conftest import FILES, collect, write

STATIC = "tenant_minio.MinioStaticStorage"
ROUTED = "tenant_minio.RoutingStaticStorage"


@pytest.fixture
def declare(server: Any, use_storages: Callable[..., None], sources: Path) -> Any:
    """Entries of one cluster, with a public bucket for them."""
    bucket = bucket_name()
    use_storages(eu=entry(server))
    registry["eu"].make_bucket(bucket)

    def declare(static: dict[str, Any], **others: dict[str, Any]) -> str:
        use_storages(staticfiles=static, eu=entry(server), **others)
        return bucket

    yield declare, bucket, server
    use_storages(eu=entry(server))
    remove_bucket(registry["eu"].options, bucket)  # type: ignore[attr-defined]


def plain(server: Any, backend: str = "tenant_minio.MinioStorage", **options: Any) -> Any:
    return {"BACKEND": backend, "OPTIONS": {**server.storage_options(), "public": True, **options}}


def names(bucket: str) -> set[str]:
    return {one.key for page in registry["eu"].walk(bucket, "") for one in page.objects}


def test_clear_spares_what_another_storage_keeps_below(declare: Any, sources: Path) -> None:
    use, bucket, server = declare
    use(plain(server, STATIC, bucket=bucket), logos=plain(server, bucket=bucket, prefix="logos/"))
    storages["logos"].save("acme.png", ContentFile(b"x"))
    collect()
    (sources / "data.json").unlink()
    collect("--clear")
    assert names(bucket) == {*FILES, "logos/acme.png"} - {"data.json"}


def test_clear_spares_the_same_tenant_s_uploads(declare: Any, sources: Path) -> None:
    use, bucket, _server = declare
    route = {"backend": "eu", "bucket": bucket, "public": True}
    use(
        {"BACKEND": ROUTED, "OPTIONS": {**route, "prefix": "{tenant}/"}},
        default={
            "BACKEND": "tenant_minio.RoutingStorage",
            "OPTIONS": {**route, "prefix": "{tenant}/media/"},
        },
    )
    with use_tenant("acme"):
        storages["default"].save("contract.pdf", ContentFile(b"x"))
    collect("--tenant", "acme")
    (sources / "data.json").unlink()
    collect("--tenant", "acme", "--clear")
    assert "acme/media/contract.pdf" in names(bucket)
    assert "acme/data.json" not in names(bucket)


def test_clear_spares_tenants_whose_storage_names_the_cluster_otherwise(declare: Any) -> None:
    """Two endpoints of one cluster, which no settings tell of."""
    use, bucket, server = declare
    port = server.endpoint.rpartition(":")[2]
    tenants = {"backend": "eu", "bucket": bucket, "prefix": "tenants/{tenant}/", "public": True}
    use(
        plain(server, STATIC, bucket=bucket, endpoint=f"localhost:{port}"),
        default={"BACKEND": "tenant_minio.RoutingStorage", "OPTIONS": tenants},
    )
    with use_tenant("acme"):
        storages["default"].save("contract.pdf", ContentFile(b"x"))
    collect("--clear")
    assert "tenants/acme/contract.pdf" in names(bucket)


def test_a_static_file_that_would_replace_another_storage_s_is_refused(
    declare: Any, sources: Path
) -> None:
    use, bucket, server = declare
    use(plain(server, STATIC, bucket=bucket), logos=plain(server, bucket=bucket, prefix="img/"))
    storages["logos"].save("logo.svg", ContentFile(b"uploaded"))
    with pytest.raises(CommandError, match="img/"):
        collect()
    assert names(bucket) == {"img/logo.svg"}


def test_one_place_for_static_files_and_others_is_refused(declare: Any) -> None:
    use, bucket, server = declare
    use(plain(server, STATIC, bucket=bucket), media=plain(server, bucket=bucket))
    (problem,) = (found for found in run_checks() if found.id == "tenant_minio.E037")
    assert "'media'" in problem.msg
    with pytest.raises(CommandError, match="keep files in one place"):
        collect()
    assert names(bucket) == set()


def test_inside_another_storage_s_place_nothing_is_deleted(declare: Any) -> None:
    use, bucket, server = declare
    use(plain(server, STATIC, bucket=bucket, prefix="static/"), media=plain(server, bucket=bucket))
    storages["media"].save("static/mine.txt", ContentFile(b"x"))
    with pytest.raises(CommandError, match="--clear could delete files of"):
        collect("--clear")
    assert names(bucket) == {"static/mine.txt"}
    collect()
    assert len(names(bucket)) == len(FILES) + 1


def test_clear_goes_through_many_pages(declare: Any) -> None:
    use, bucket, server = declare
    use(plain(server, STATIC, bucket=bucket, prefix="s/"))
    put = registry["eu"].put
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda number: put(bucket, f"s/{number}", b"", {}), range(1100)))
    put(bucket, "t", b"", {})
    collect("--clear")
    assert names(bucket) == {"t", *(f"s/{name}" for name in FILES)}


def test_what_is_stored_meanwhile_is_no_old_file(
    declare: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A race, played: another machine's file appears between the first listing and the second."""
    from datetime import timedelta

    from tenant_minio.management.commands import collectstatic

    use, bucket, server = declare
    use(plain(server, STATIC, bucket=bucket))
    registry["eu"].put(bucket, "theirs.css", b"", {})
    real = collectstatic.listing

    def earlier(*args: Any) -> Any:
        found, at = real(*args)
        return found, at - timedelta(seconds=10)

    monkeypatch.setattr(collectstatic, "listing", earlier)
    collect("--clear")
    assert "theirs.css" in names(bucket)


def test_one_tenant_s_bucket_that_cannot_be_made_leaves_the_others_alone(
    declare: Any, use_storages: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault, played: no server at hand has keys that may not make buckets."""
    from tenant_minio.exceptions import PermissionDeniedError

    use, bucket, _server = declare
    route = {"backend": "eu", "bucket": bucket, "prefix": "{tenant}/"}
    options = {**route, "routes": {"bad": {"bucket": "bad-" + bucket}}}
    use({"BACKEND": ROUTED, "OPTIONS": options})
    make = registry["eu"].make_bucket

    def refuse(name: str) -> None:
        if name.startswith("bad-"):
            raise PermissionDeniedError("this key may not make buckets")
        make(name)

    monkeypatch.setattr(registry["eu"], "make_bucket", refuse)
    with (
        override_settings(TENANT_MINIO={"TENANTS": lambda: ["bad", "good"]}),
        pytest.raises(CommandError, match="1 of 2 tenants failed"),
    ):
        collect("--all-tenants")
    assert names(bucket) == {f"good/{name}" for name in FILES}


def test_one_tenant_s_broken_stylesheet_leaves_the_others_alone(
    declare: Any, tmp_path: Path
) -> None:
    from tests.staticfiles.test_tenants import TenantFinder

    use, bucket, _server = declare
    use(
        {
            "BACKEND": f"{__name__}.Picky",
            "OPTIONS": {"backend": "eu", "bucket": bucket, "prefix": "{tenant}/"},
        }
    )
    for key in ("bad", "good"):
        write(tmp_path / "own" / key, f"{key}.css", key)
    TenantFinder.root = tmp_path / "own"
    with (
        override_settings(
            TENANT_MINIO={"TENANTS": lambda: ["bad", "good"]},
            STATICFILES_FINDERS=["tests.staticfiles.test_tenants.TenantFinder"],
        ),
        pytest.raises(CommandError, match="1 of 2 tenants failed"),
    ):
        collect("--all-tenants")
    assert names(bucket) == {"good/good.css"}


def __getattr__(name: str) -> Any:
    """A storage with a post_process of its own; made late, since Django's need settings."""
    from tenant_minio import RoutingStaticStorage

    def post_process(self: Any, paths: Any, dry_run: bool = False) -> Any:
        for path in paths:
            yield path, path, ValueError("no") if path == "bad.css" else False

    if name != "Picky":
        raise AttributeError(name)
    found = type(name, (RoutingStaticStorage,), {"post_process": post_process})
    globals()[name] = found
    return found


def test_tenants_that_share_a_bucket_share_the_look_at_it(
    declare: Any, use_storages: Callable[..., None]
) -> None:
    from tests.faults import FaultyProxy

    _use, bucket, server = declare
    proxy = FaultyProxy(server.endpoint)
    use_storages(
        staticfiles={
            "BACKEND": ROUTED,
            "OPTIONS": {"backend": "eu", "bucket": bucket, "prefix": "{tenant}/"},
        },
        eu=entry(server, endpoint=proxy.endpoint),
    )
    with override_settings(TENANT_MINIO={"TENANTS": lambda: ["a", "b", "c"]}):
        collect("--all-tenants")
        proxy.heads.clear()
        collect("--all-tenants")
    proxy.close()
    assert len(proxy.heads) == 2 + 2 * 3  # the bucket, its policy; for each tenant two listings

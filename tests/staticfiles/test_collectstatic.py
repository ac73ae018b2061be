"""collectstatic on real servers, beside Django's own on a local folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import storages
from django.core.management import CommandError
from django.test import override_settings

from tenant_minio import registry
from tests.faults import FaultyProxy
from tests.staticfiles.conftest import FILES, collect, contents, write

PLAIN = "tenant_minio.MinioStaticStorage"
MANIFEST = "tenant_minio.MinioManifestStaticStorage"
AS_BYTES = {name: text.encode() for name, text in FILES.items()}


def puts(proxy: FaultyProxy) -> list[str]:
    """What was written through a proxy, in order."""
    return [head.split(" ")[1] for head in proxy.heads if head.startswith(("PUT", "POST"))]


@pytest.fixture
def proxy(server: Any) -> Any:
    proxy = FaultyProxy(server.endpoint)
    yield proxy
    proxy.close()


def test_first_run_makes_the_bucket_and_copies_all(
    use_static: Any, server: Any, sources: Path
) -> None:
    storage = use_static(PLAIN, server.storage_options(), prefix="assets/")
    assert f"{len(FILES)} static files copied" in collect()
    assert contents(storage) == AS_BYTES
    policy = json.loads(registry["staticfiles"].get_policy(storage.locate().route.bucket))
    assert policy["Statement"][0]["Effect"] == "Allow"


def test_second_run_sends_nothing(
    proxy: FaultyProxy, use_static: Any, server: Any, sources: Path
) -> None:
    use_static(PLAIN, {**server.storage_options(), "endpoint": proxy.endpoint})
    collect()
    proxy.heads.clear()
    assert f"0 static files copied, {len(FILES)} unmodified" in collect()
    assert puts(proxy) == []
    listings = [head for head in proxy.heads if "encoding-type=url" in head.split("\r\n")[0]]
    assert len(listings) == 2  # one of all, one that shows that the bucket can be listed
    assert len(proxy.heads) == 4


def test_only_what_changed_is_sent(
    proxy: FaultyProxy, use_static: Any, server: Any, sources: Path
) -> None:
    storage = use_static(PLAIN, {**server.storage_options(), "endpoint": proxy.endpoint})
    collect()
    write(sources, "css/site.css", "changed")
    (sources / "data.json").unlink()
    proxy.heads.clear()
    assert f"1 static file copied, {len(FILES) - 2} unmodified" in collect()
    assert [path.rpartition("/")[2] for path in puts(proxy)] == ["site.css"]
    assert not [head for head in proxy.heads if head.startswith("DELETE")]
    assert contents(storage) == {**AS_BYTES, "css/site.css": b"changed"}


def test_clear_deletes_what_is_not_part_of_the_new_set_and_nothing_beside_it(
    use_static: Any, server: Any, sources: Path
) -> None:
    storage = use_static(PLAIN, server.storage_options(), prefix="assets/")
    collect()
    location = storage.locate()
    location.backend.put(location.route.bucket, "elsewhere/x.css", b"x", {})
    (sources / "data.json").unlink()
    assert "Pretending to delete 'data.json'" in collect("--clear", "--dry-run", verbosity=2)
    assert storage.exists("data.json")
    assert "Deleting 'data.json'" in collect("--clear", verbosity=2)
    assert set(contents(storage)) == set(FILES) - {"data.json"}
    assert location.backend.head(location.route.bucket, "elsewhere/x.css").size == 1


def test_a_dry_run_changes_nothing(use_static: Any, server: Any, sources: Path) -> None:
    storage = use_static(PLAIN, server.storage_options())
    out = collect("--dry-run", verbosity=1)
    assert "Pretending to copy 'css/site.css'" in out
    assert not registry["staticfiles"].bucket_exists(storage.locate().route.bucket)


def test_force_sends_what_is_there_already(use_static: Any, server: Any, sources: Path) -> None:
    storage = use_static(PLAIN, server.storage_options())
    collect()
    bucket = storage.locate().route.bucket
    use_static(PLAIN, server.storage_options(), bucket=bucket, cache_control="no-cache")
    assert "0 static files copied" in collect()
    assert f"{len(FILES)} static files copied" in collect("--force")


def test_options_of_django_are_kept(use_static: Any, server: Any, sources: Path) -> None:
    storage = use_static(PLAIN, server.storage_options())
    write(sources, ".hidden", "x")
    collect("--ignore", "*.svg", "-i", "js")
    assert not {".hidden", "img/logo.svg", "js/app.js"} & set(contents(storage))
    collect("--no-default-ignore")
    assert storage.exists(".hidden")
    with pytest.raises(CommandError, match="symlink"):
        collect("--link")


def test_the_first_of_a_name_counts(
    use_static: Any, server: Any, sources: Path, tmp_path: Path
) -> None:
    storage = use_static(PLAIN, server.storage_options())
    write(tmp_path / "more", "js/app.js", "second")
    write(tmp_path / "vendor", "js/app.js", "third")
    dirs = [str(sources), str(tmp_path / "more"), ("vendor", str(tmp_path / "vendor"))]
    with override_settings(STATICFILES_DIRS=dirs):
        out = collect(verbosity=2)
    assert "Found another file with the destination path 'js/app.js'" in out
    found = contents(storage)
    assert found["js/app.js"] == AS_BYTES["js/app.js"]
    assert found["vendor/js/app.js"] == b"third"


def test_a_large_file_is_compared_by_the_etag_of_its_parts(
    proxy: FaultyProxy, use_static: Any, server: Any, sources: Path
) -> None:
    write(sources, "video.bin", "0123456789abcdef" * (20 * 1024 * 1024 // 16) + "end")
    storage = use_static(PLAIN, {**server.storage_options(), "endpoint": proxy.endpoint})
    collect()
    assert "-" in storage.locate().head("video.bin").etag
    proxy.heads.clear()
    assert "0 static files copied" in collect()
    assert puts(proxy) == []


@pytest.mark.parametrize("aggregation", [False, True])
def test_names_and_contents_are_those_of_djangos_manifest_storage(
    use_static: Any, server: Any, sources: Path, tmp_path: Path, aggregation: bool
) -> None:
    local = "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
    name = "ModuleStorage" if aggregation else None
    here = f"{__name__}.Local{name}" if name else local
    with override_settings(STORAGES={"staticfiles": {"BACKEND": here}}, STATIC_ROOT=tmp_path / "r"):
        collect()
        expected = contents(storages["staticfiles"])
    storage = use_static(f"{__name__}.{name}" if name else MANIFEST, server.storage_options())
    out = collect()
    assert f"{len(FILES)} static files copied, {len(FILES)} post-processed" in out
    assert contents(storage) == expected
    assert "0 static files copied" in collect()


def __getattr__(name: str) -> Any:
    """Storages with another patterns' set; made late, since Django's need settings."""
    from django.contrib.staticfiles.storage import ManifestStaticFilesStorage

    from tenant_minio import MinioManifestStaticStorage

    bases: dict[str, Any] = {
        "ModuleStorage": MinioManifestStaticStorage,
        "LocalModuleStorage": ManifestStaticFilesStorage,
    }
    if name not in bases:
        raise AttributeError(name)
    found = type(name, (bases[name],), {"support_js_module_import_aggregation": True})
    globals()[name] = found
    return found


def test_the_manifest_comes_last(
    proxy: FaultyProxy, use_static: Any, server: Any, sources: Path
) -> None:
    use_static(MANIFEST, {**server.storage_options(), "endpoint": proxy.endpoint})
    collect()
    written = [path for path in puts(proxy) if "?" not in path]
    assert written[-1].endswith("/staticfiles.json")
    assert len(written) > len(FILES) * 2


def test_broken_off_it_leaves_the_old_manifest_and_goes_on_when_run_again(
    proxy: FaultyProxy, use_static: Any, server: Any, sources: Path
) -> None:
    # The cluster is well again at once, and is to be asked at once.
    options = {**server.storage_options(), "endpoint": proxy.endpoint, "breaker_failures": 0}
    storage = use_static(MANIFEST, options)
    collect()
    with storage.open("staticfiles.json") as file:
        before = file.read()
    for number in range(40):
        write(sources, f"new/{number}.css", f"body {{ order: {number} }}")
    left = iter(range(10))
    proxy.fault = lambda head: (
        "lose request" if head.startswith("PUT") and next(left, None) is None else None
    )
    with pytest.raises(CommandError):
        collect("--workers", "2")
    proxy.fault = lambda _head: None
    with storage.open("staticfiles.json") as file:
        assert file.read() == before
    proxy.heads.clear()
    collect()
    assert 41 <= len(puts(proxy)) <= 80 - 10 + 1
    proxy.heads.clear()
    collect()
    assert puts(proxy) == []


def test_nothing_that_an_old_manifest_names_is_deleted(
    use_static: Any, server: Any, sources: Path
) -> None:
    storage = use_static(MANIFEST, server.storage_options())
    collect()
    old = set(storage.hashed_files.values())
    write(sources, "js/mod.mjs", "export const x = 2;\n")
    collect()
    assert set(storage.hashed_files.values()) - old
    assert old <= set(contents(storage))
    collect("--clear")
    assert set(contents(storage)) == {
        *FILES,
        *storage.hashed_files.values(),
        storage.manifest_name,
    }


def test_a_dry_run_tells_what_clear_would_delete(
    use_static: Any, server: Any, sources: Path
) -> None:
    """Hashed files of the new set, and its manifest, are not among it."""
    use_static(MANIFEST, server.storage_options())
    collect()
    (sources / "data.json").unlink()
    told = [
        {line.split("'")[1] for line in out.splitlines() if line.startswith(verb)}
        for verb, out in (
            ("Pretending to delete", collect("--clear", "--dry-run", verbosity=2)),
            ("Deleting", collect("--clear", verbosity=2)),
        )
    ]
    assert told[0] == told[1]
    assert {name.partition(".")[0] for name in told[0]} == {"data"}


def test_a_dead_cluster_is_one_error(use_storages: Any, server: Any, sources: Path) -> None:
    options = {**server.storage_options(), "endpoint": "127.0.0.1:1", "bucket": "static"}
    use_storages(staticfiles={"BACKEND": PLAIN, "OPTIONS": options})
    with pytest.raises(CommandError, match="staticfiles"):
        collect()


def test_memory_storage_is_filled_too(use_static: Any, sources: Path) -> None:
    storage = use_static("tenant_minio.MemoryStorage", {})
    assert f"{len(FILES)} static files copied" in collect()
    assert contents(storage) == AS_BYTES
    assert "0 static files copied" in collect()


def test_another_package_s_storage_is_left_to_django(tmp_path: Path, sources: Path) -> None:
    backend = "django.contrib.staticfiles.storage.StaticFilesStorage"
    root = tmp_path / "root"
    with override_settings(STORAGES={"staticfiles": {"BACKEND": backend}}, STATIC_ROOT=root):
        assert f"{len(FILES)} static files copied to '{root}'" in collect()
        assert contents(storages["staticfiles"]) == AS_BYTES

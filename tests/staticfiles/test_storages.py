"""The storages for static files by themselves: URLs, the manifest, options, checks."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles.storage import ManifestFilesMixin, staticfiles_storage
from django.core import checks
from django.core.files.storage import FileSystemStorage, storages
from django.core.management import CommandError, ManagementUtility, call_command
from django.template import Context, Engine
from django.test import modify_settings, override_settings

from tenant_minio import (
    MinioManifestStaticStorage,
    MinioStaticStorage,
    RoutingStaticStorage,
    registry,
)
from tenant_minio.exceptions import (
    BackendUnavailableError,
    InvalidBackendError,
    UnsafeNameError,
)
from tests.conftest import MEMORY
from tests.faults import FaultyProxy
from tests.staticfiles.conftest import FILES, collect, contents, write

PLAIN = "tenant_minio.MinioStaticStorage"
MANIFEST = "tenant_minio.MinioManifestStaticStorage"
NOWHERE = {"endpoint": "127.0.0.1:1", "access_key": "a", "secret_key": "b", "secure": False}


class LocalManifest(MinioManifestStaticStorage):
    """Keeps its manifest beside the project."""

    folder = ""

    def __init__(self, **options: Any) -> None:
        super().__init__(manifest_storage=FileSystemStorage(location=self.folder), **options)


class Shouting(MinioStaticStorage):
    """Changes what it stores."""

    def _save(self, name: str, content: Any) -> str:
        from django.core.files.base import ContentFile

        return super()._save(name, ContentFile(content.read().upper()))


class Odd(MinioStaticStorage):
    def object_headers(self, name: str) -> dict[str, str]:
        return {"X-Foo": "1"}


class Lenient(MinioManifestStaticStorage):
    manifest_strict = False
    manifest_name = "names.json"

    def file_hash(self, name: str, content: Any = None) -> str:
        return "v1"

    def is_immutable(self, name: str) -> bool:
        return ".v1." in name


def url_of(storage: Any) -> str:
    bound = storage.for_tenant("acme") if isinstance(storage, RoutingStaticStorage) else storage
    return str(bound.url("a.css"))


def rendered(path: str) -> str:
    engine = Engine(libraries={"static": "django.templatetags.static"})
    return engine.from_string(f"{{% load static %}}{{% static '{path}' %}}").render(Context())


def test_urls_are_public_and_plain_without_any_network(use_storages: Any) -> None:
    options = {**NOWHERE, "bucket": "static", "prefix": "v1/"}
    use_storages(staticfiles={"BACKEND": PLAIN, "OPTIONS": options})
    assert rendered("css/a b.css") == "http://127.0.0.1:1/static/v1/css/a%20b.css"
    assert rendered("admin/") == "http://127.0.0.1:1/static/v1/admin/"
    assert rendered("") == "http://127.0.0.1:1/static/v1/"
    assert staticfiles_storage.locate().route.public


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("/css/site.css", "css/site.css"),
        ("a//b.css", "a/b.css"),
        ("css/../img/x.png", "img/x.png"),
        ("css/../img/", "img/"),
        ("/", ""),
        ("./", ""),
    ],
)
def test_what_leads_nowhere_else_does_not_count_as_with_djangos(
    use_storages: Any, name: str, path: str
) -> None:
    use_storages(staticfiles={"BACKEND": PLAIN, "OPTIONS": {**NOWHERE, "bucket": "static"}})
    assert rendered(name) == f"http://127.0.0.1:1/static/{path}"


@pytest.mark.parametrize("name", ["../x.css", "css/../../x.css", "css/../../", "a\\b.css"])
def test_a_name_that_leaves_the_place_is_still_refused(use_storages: Any, name: str) -> None:
    options = {**NOWHERE, "bucket": "static", "prefix": "v1/"}
    use_storages(staticfiles={"BACKEND": PLAIN, "OPTIONS": options})
    with pytest.raises(UnsafeNameError):
        staticfiles_storage.url(name)


def test_many_urls_are_those_of_each(use_static: Any, minio_server: Any, sources: Path) -> None:
    names = ["css/site.css", "img/a b.png", "admin/"]
    for backend in (PLAIN, MANIFEST):
        storage = use_static(backend, minio_server.storage_options())
        collect()
        assert storage.urls(names) == [storage.url(name) for name in names]
        for options in ({"signed": True}, {"signed": True, "expires": 60, "method": "HEAD"}):
            urls = storage.urls(names[:2], **options)
            assert urls == [storage.url(name, **options) for name in names[:2]]
            assert all("X-Amz-Signature" in url for url in urls)
    assert storage.stored_name("css/site.css") in urls[0]
    with override_settings(DEBUG=True):
        assert "/css/site.css?" in storage.url("css/site.css", signed=True)


def test_a_stylesheet_may_refer_to_a_directory_above(
    use_static: Any, minio_server: Any, sources: Path
) -> None:
    write(sources, "css/up.css", "a{b:url(../img/)} c{d:url('../img/logo.svg')}")
    storage = use_static(MANIFEST, minio_server.storage_options())
    collect()
    logo = storage.stored_name("img/logo.svg").rpartition("/")[2]
    found = contents(storage)[storage.stored_name("css/up.css")].decode()
    assert found == f'a{{b:url("../img/")}} c{{d:url("../img/{logo}")}}'


def test_private_static_files_are_signed(use_storages: Any) -> None:
    options = {**NOWHERE, "bucket": "static", "public": False}
    use_storages(staticfiles={"BACKEND": PLAIN, "OPTIONS": options})
    assert "X-Amz-Signature" in staticfiles_storage.url("a.css")


def test_the_manifest_is_read_once_and_not_before_it_is_needed(
    use_static: Any, minio_server: Any, sources: Path
) -> None:
    proxy = FaultyProxy(minio_server.endpoint)
    options = minio_server.storage_options()
    bucket = use_static(MANIFEST, options).locate().route.bucket
    collect()
    entry = {**options, "endpoint": proxy.endpoint, "bucket": bucket}
    with override_settings(STORAGES={"staticfiles": {"BACKEND": MANIFEST, "OPTIONS": entry}}):
        storage = storages["staticfiles"]
        assert proxy.heads == []
        hashed = storage.stored_name("css/site.css")
        assert hashed.startswith("css/site.")
        assert rendered("css/site.css").endswith(f"/{hashed}")
        assert rendered("img/a b.png").endswith(".png")
        assert " " not in rendered("img/a b.png")
        assert rendered("img/logo.svg#part").endswith(".svg#part")
        assert storage.manifest_hash
        assert len(proxy.heads) == 1
        with override_settings(DEBUG=True):
            assert rendered("css/site.css").endswith("/css/site.css")
    proxy.close()


def test_a_missing_manifest_behaves_as_djangos(use_static: Any, minio_server: Any) -> None:
    storage = use_static(MANIFEST, minio_server.storage_options())
    registry["staticfiles"].make_bucket(storage.locate().route.bucket)
    with pytest.raises(ValueError, match=r"Missing staticfiles manifest entry for 'a\.css'"):
        storage.url("a.css")
    assert storage.manifest_hash == ""


def test_a_cluster_that_is_down_is_no_missing_manifest(use_storages: Any) -> None:
    options = {**NOWHERE, "bucket": "static"}
    use_storages(staticfiles={"BACKEND": MANIFEST, "OPTIONS": options})
    for _time in range(2):
        with pytest.raises(BackendUnavailableError):
            staticfiles_storage.url("a.css")


def test_signed_urls_of_hashed_names_stay_whole(
    use_static: Any, minio_server: Any, sources: Path
) -> None:
    storage = use_static(MANIFEST, minio_server.storage_options(), public=False)
    collect()
    assert "%2F" in storage.url("img/a b.png")
    assert "/a%20b." in storage.url("img/a b.png")


def test_a_manifest_elsewhere_is_written_there(
    use_static: Any, minio_server: Any, sources: Path, tmp_path: Path
) -> None:
    LocalManifest.folder = str(tmp_path / "manifest")
    storage = use_static(f"{__name__}.LocalManifest", minio_server.storage_options())
    collect()
    collect()
    assert "staticfiles.json" not in contents(storage)
    assert (tmp_path / "manifest" / "staticfiles.json").exists()
    again = type(storage)(**storage._options)
    assert again.stored_name("data.json") == storage.stored_name("data.json") != "data.json"


def test_the_manifest_can_be_kept_in_another_entry(
    use_storages: Any, use_static: Any, minio_server: Any, sources: Path
) -> None:
    storage = use_static(MANIFEST, minio_server.storage_options(), manifest_storage="default")
    registry["default"].make_bucket("media")
    use_storages(
        staticfiles={"BACKEND": MANIFEST, "OPTIONS": storage._options},
        default={**MEMORY, "OPTIONS": {"bucket": "media"}},
    )
    registry["default"].make_bucket("media")
    collect()
    assert "staticfiles.json" not in contents(storages["staticfiles"])
    assert storages["default"].exists("staticfiles.json")
    itself = {**storage._options, "manifest_storage": "staticfiles"}
    use_storages(staticfiles={"BACKEND": MANIFEST, "OPTIONS": itself}, default=MEMORY)
    assert storages["staticfiles"].manifest_storage is storages["staticfiles"]


def test_threads_read_the_manifest_once(use_static: Any, minio_server: Any, sources: Path) -> None:
    proxy = FaultyProxy(minio_server.endpoint)
    storage = use_static(MANIFEST, {**minio_server.storage_options(), "endpoint": proxy.endpoint})
    collect()
    again = type(storage)(**storage._options)
    proxy.heads.clear()
    with ThreadPoolExecutor(16) as pool:
        names = set(pool.map(again.stored_name, ["css/site.css"] * 64))
    proxy.close()
    assert len(names) == 1
    assert len(proxy.heads) == 1


def test_hooks_of_subclasses_are_used(use_static: Any, minio_server: Any, sources: Path) -> None:
    storage = use_static(f"{__name__}.Lenient", minio_server.storage_options())
    collect()
    assert storage.stored_name("data.json") == "data.v1.json"
    assert {"names.json", "data.v1.json", "css/site.v1.css"} <= set(contents(storage))
    storage = use_static(f"{__name__}.Shouting", minio_server.storage_options())
    collect()
    assert contents(storage)["data.json"] == FILES["data.json"].upper().encode()
    assert "0 static files copied" in collect()


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("cache_control", ""),
        ("cache_control", 60),
        ("immutable_cache_control", "a\nb"),
        ("cache_control", " public"),
        ("gzip", 1),
    ],
)
@pytest.mark.parametrize("backend", ["MinioStaticStorage", "RoutingStaticStorage"])
def test_wrong_options_are_problems(
    use_storages: Any, backend: str, option: str, value: object
) -> None:
    own = {**NOWHERE, "bucket": "static"}
    if backend.startswith("Routing"):
        own = {"backend": "eu", "bucket": "static", "prefix": "{tenant}/"}
    static = {"BACKEND": f"tenant_minio.{backend}", "OPTIONS": {**own, option: value}}
    use_storages(staticfiles=static, eu=MEMORY)
    (found,) = [problem for problem in registry.declared.problems if problem.code == "E005"]
    assert option in found.message
    assert "staticfiles" in found.message
    with pytest.raises(InvalidBackendError, match=option):
        url_of(storages["staticfiles"])


def test_an_unknown_place_for_the_manifest_is_a_problem(use_storages: Any) -> None:
    for wrong in ("nowhere", 5):
        options = {**NOWHERE, "bucket": "static", "manifest_storage": wrong}
        use_storages(staticfiles={"BACKEND": MANIFEST, "OPTIONS": options}, media=MEMORY)
        (found,) = registry.declared.problems
        assert found.code == "E005"
        assert "'manifest_storage'" in found.message
        assert "media" in found.hint


def test_headers_that_cannot_be_sent_name_the_class_that_gave_them(
    use_static: Any, minio_server: Any, sources: Path
) -> None:
    use_static(f"{__name__}.Odd", minio_server.storage_options())
    with pytest.raises(CommandError, match=r"Odd\.object_headers\('.*'\) gave headers"):
        collect()


def test_an_unknown_option_is_named_with_its_nearest(use_storages: Any) -> None:
    options = {**NOWHERE, "bucket": "static", "cachecontrol": "x"}
    use_storages(staticfiles={"BACKEND": PLAIN, "OPTIONS": options})
    (found,) = registry.declared.problems
    assert "'cache_control'" in found.hint


def test_a_static_bucket_beside_private_files_is_refused(use_storages: Any) -> None:
    use_storages(
        media={"BACKEND": "tenant_minio.MinioStorage", "OPTIONS": {**NOWHERE, "bucket": "both"}},
        staticfiles={
            "BACKEND": PLAIN,
            "OPTIONS": {**NOWHERE, "bucket": "both", "prefix": "static/"},
        },
    )
    assert "E010" in {problem.code for problem in registry.declared.problems}


def test_a_manifest_over_many_tenants_is_refused() -> None:
    with pytest.raises(TypeError, match="one tenant would get the"):
        type("Leaking", (ManifestFilesMixin, RoutingStaticStorage), {})


def test_the_order_of_apps_is_checked(use_storages: Any) -> None:
    use_storages(staticfiles={"BACKEND": PLAIN, "OPTIONS": {**NOWHERE, "bucket": "static"}})

    def found() -> list[str | None]:
        return [message.id for message in checks.run_checks() if message.id == "tenant_minio.W004"]

    assert found() == []
    with (
        modify_settings(INSTALLED_APPS={"remove": ["tenant_minio"]}),
        modify_settings(INSTALLED_APPS={"append": ["tenant_minio"]}),
    ):
        assert found() == ["tenant_minio.W004"]
        use_storages()
        assert found() == []


def test_without_djangos_app_the_command_says_what_is_missing() -> None:
    with modify_settings(INSTALLED_APPS={"remove": ["django.contrib.staticfiles"]}):
        assert "collectstatic" in ManagementUtility(["manage.py"]).main_help_text()
        with pytest.raises(CommandError, match="INSTALLED_APPS"):
            call_command("collectstatic", interactive=False)


def test_without_an_entry_for_static_files_the_others_work(use_storages: Any) -> None:
    with override_settings(STORAGES={"default": {**MEMORY, "OPTIONS": {"bucket": "media"}}}):
        assert not storages["default"].exists("a.txt")
        assert "tenant_minio.W004" not in {message.id for message in checks.run_checks()}
        with pytest.raises(CommandError, match="staticfiles"):
            collect()

"""Static files and manifests, which no row refers to."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from django.core.files.storage import Storage

from tenant_minio import registry
from tenant_minio.exceptions import InvalidBackendError
from tenant_minio.orphans import Rules, clean, select
from tenant_minio.storage import from_alias

from .conftest import World, cleaned, one

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hours_later")]
UNREFERENCED = Rules(allow_unreferenced=True, max_orphans=100)


class ForeignStatic(Storage):
    """As other packages' storages for S3 are."""

    def __init__(self, **options: Any) -> None:
        self.__dict__.update(options)


class LocalManifest(ManifestStaticFilesStorage):
    """Files on disk, the manifest among what no tenant owns."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs, manifest_storage=from_alias("reports"))


@pytest.fixture
def cluster(minio: dict[str, Any]) -> dict[str, Any]:
    """Static files are told by settings, the same for any cluster."""
    return minio


def use(use_storages: Callable[..., None], **entries: Any) -> None:
    use_storages(**{**django_settings.STORAGES, **entries})


def static(options: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"BACKEND": "tenant_minio.MinioStaticStorage", "OPTIONS": {**options, **more}}


def test_static_files_are_known_by_their_class_whatever_the_alias(
    world: World, cluster: dict[str, Any], use_storages: Callable[..., None]
) -> None:
    public = {**cluster["OPTIONS"], "bucket": world.reports, "public": True}
    reports = {**cluster, "OPTIONS": public}
    use(use_storages, reports=reports, assets=static(public))
    world.put_reports("app.js")
    assert [need.alias for need in select()] == ["reports"]
    with pytest.raises(InvalidBackendError, match="'assets'"):
        select(storage="assets")
    report = clean(one(None), UNREFERENCED)
    assert report.status == "failed"
    assert "STORAGES['assets'] keeps static files" in report.error
    use(use_storages, assets=static(public, prefix="assets/"))
    world.put_reports("assets/app.js")
    assert clean(one(None), UNREFERENCED).deleted.names == ("app.js",)


@pytest.mark.parametrize("kind", ["ours", "local"])
def test_a_manifest_is_no_orphan_wherever_it_is(
    world: World,
    cluster: dict[str, Any],
    use_storages: Callable[..., None],
    new_bucket: Callable[[str], str],
    kind: str,
) -> None:
    if kind == "local":
        entry: dict[str, Any] = {"BACKEND": f"{__name__}.LocalManifest"}
    else:
        options = {**cluster["OPTIONS"], "bucket": new_bucket("eu")}
        options["manifest_storage"] = from_alias("reports")
        manifests = "tenant_minio.storage.manifest.MinioManifestStaticStorage"
        entry = {"BACKEND": manifests, "OPTIONS": options}
    use(use_storages, staticfiles=entry)
    world.put_reports("staticfiles.json.bak")
    manifest = b'{"version": "1.1", "paths": {}}'
    registry["reports"].put(world.reports, "staticfiles.json", manifest, {})
    report = clean(one(None), UNREFERENCED)
    assert report.deleted.names == ("staticfiles.json.bak",)
    assert report.objects.count == 1
    # It speaks for no row: an emptied database still empties no bucket.
    world.put_reports("docs/1")
    assert cleaned(None).status == "refused"


class TestOfAnotherPackage:
    def use(self, use_storages: Callable[..., None], **options: Any) -> None:
        entry = {"BACKEND": f"{__name__}.ForeignStatic", "OPTIONS": options}
        use(use_storages, staticfiles=entry)

    def test_a_storage_that_names_its_bucket_is_believed(
        self, world: World, use_storages: Callable[..., None]
    ) -> None:
        world.put_reports("static/a.css", "orphan")
        self.use(use_storages, bucket_name=world.reports, location="static")
        assert clean(one(None), UNREFERENCED).deleted.names == ("orphan",)
        self.use(use_storages, bucket_name=world.reports, location="")
        assert "keeps static files" in clean(one(None), UNREFERENCED).error
        self.use(use_storages, bucket_name="elsewhere", location="")
        assert clean(one(None), UNREFERENCED).deleted.names == ("static/a.css",)

    def test_in_the_tenants_bucket_beside_them_it_is_in_nobodys_way(
        self, world: World, use_storages: Callable[..., None]
    ) -> None:
        self.use(use_storages, bucket_name=world.bucket, location="static")
        world.put("tenants/acme/orphan", "static/a.css")
        assert clean(one("acme"), UNREFERENCED).deleted.names == ("orphan",)
        self.use(use_storages, bucket_name=world.bucket, location="tenants")
        assert clean(one("acme"), UNREFERENCED).status == "failed"

    @pytest.mark.parametrize("name", [None, "", "arn:aws:s3:eu-west-1:1:accesspoint/x"])
    def test_a_storage_that_does_not_say_where_stops_the_search(
        self, world: World, use_storages: Callable[..., None], name: str | None
    ) -> None:
        self.use(use_storages, bucket_name=name)
        world.put_reports("a.css")
        report = clean(one(None), UNREFERENCED)
        assert report.status == "failed"
        assert "'bucket_name'" in report.error


def test_a_project_without_static_files_needs_no_settings_for_them(
    world: World, settings: Any
) -> None:
    settings.STATIC_URL = None
    world.put_reports("orphan")
    assert clean(one(None), UNREFERENCED).deleted.names == ("orphan",)

"""What is in the same bucket and belongs to another, under whichever name of the cluster."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings as django_settings
from django_tenants.utils import schema_context

from tenant_minio import Route
from tenant_minio.orphans import Report as Found
from tenant_minio.orphans import Rules, clean, select
from tests.conftest import MEMORY
from tests.project.docs.models import Document
from tests.project.papers.models import Report

from .conftest import ANY_SHARE, WITH_SCHEMAS, World, cleaned, one

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hours_later")]
UNREFERENCED = Rules(allow_unreferenced=True, max_orphans=100)


def chosen(tenant: str) -> Route | None:
    """A custom router's answers: two tenants in one place, on clusters of two names."""
    backend = {"acme": "eu", "globex": "alias"}.get(tenant)
    return None if backend is None else Route(backend, "shared", own_bucket=True)


class TestByAnotherNameOfTheCluster:
    """An internal and a public name, or two ports: nobody can tell that they are one."""

    @pytest.fixture
    def cluster(self, minio: dict[str, Any]) -> dict[str, Any]:
        return minio

    @pytest.fixture
    def use_alias(self, world: World, use_storages: Callable[..., None]) -> Callable[..., None]:
        """Declare the cluster of the tenants again, under the name ``alias``."""

        def use(alias: dict[str, Any], **more: Any) -> None:
            eu = django_settings.STORAGES["eu"]["OPTIONS"]
            host, _, port = eu["endpoint"].partition(":")
            other = {"127.0.0.1": "localhost", "localhost": "127.0.0.1"}[host]
            options = {**eu, "endpoint": f"{other}:{port}", **alias}
            entry = {"BACKEND": "tenant_minio.MinioStorage", "OPTIONS": options}
            use_storages(**{**django_settings.STORAGES, "alias": entry, **more})

        return use

    def clean_alias(self) -> Found:
        (need,) = select(storage="alias")
        return clean(need, UNREFERENCED)

    def test_files_of_tenants_are_left_out_of_the_search_around_them(
        self, world: World, use_alias: Callable[..., None]
    ) -> None:
        use_alias({"bucket": world.bucket})
        world.put("tenants/acme/secret", "tenants/globex/secret", "tenants.txt", "else/x")
        report = self.clean_alias()
        assert report.deleted.names == ("else/x", "tenants.txt")
        assert report.objects.count == 2
        assert world.held() == ["tenants/acme/secret", "tenants/globex/secret"]

    @pytest.mark.parametrize("prefix", ["tenants/", "tenants/acme/", "tenants/acme/deep/"])
    def test_a_storage_among_the_tenants_is_not_searched(
        self, world: World, use_alias: Callable[..., None], prefix: str
    ) -> None:
        use_alias({"bucket": world.bucket, "prefix": prefix})
        world.put("tenants/acme/deep/secret")
        report = self.clean_alias()
        assert report.status == "failed"
        assert "another name of the cluster" in report.error
        assert world.held() == ["tenants/acme/deep/secret"]

    def test_a_tenant_is_not_searched_where_a_storage_may_hold_all_of_it(
        self, world: World, use_alias: Callable[..., None]
    ) -> None:
        use_alias({"bucket": world.bucket})
        world.put("tenants/acme/of-the-storage")
        report = clean(one("acme"), UNREFERENCED)
        assert report.status == "failed"
        assert "STORAGES['alias']" in report.error

    def test_a_storage_inside_a_tenant_is_left_out_of_its_search(
        self, world: World, use_alias: Callable[..., None]
    ) -> None:
        use_alias({"bucket": world.bucket, "prefix": "tenants/acme/theirs/"})
        world.put("tenants/acme/own", "tenants/acme/theirs/x")
        assert clean(one("acme"), UNREFERENCED).deleted.names == ("own",)
        world.put("tenants/globex/theirs/x")
        assert clean(one("globex"), UNREFERENCED).deleted.names == ("theirs/x",)

    def test_another_bucket_is_another_place(
        self, world: World, use_alias: Callable[..., None]
    ) -> None:
        use_alias({"bucket": world.reports})
        world.put("tenants/acme/orphan")
        assert clean(one("acme"), UNREFERENCED).deleted.names == ("orphan",)

    def test_a_tenant_with_a_place_of_its_own_there_is_no_stranger_to_itself(
        self, world: World, use_alias: Callable[..., None]
    ) -> None:
        route = {"backend": "alias", "bucket": world.bucket, "prefix": "tenants/acme/"}
        default = django_settings.STORAGES["default"]
        moved = {**default, "OPTIONS": {**default["OPTIONS"], "routes": {"acme": route}}}
        use_alias({}, default=moved)
        world.put("tenants/acme/orphan", "tenants/globex/orphan")
        for key in ("acme", "globex"):
            assert clean(one(key), UNREFERENCED).deleted.names == ("orphan",)

    def test_what_a_custom_router_answers_is_a_stranger_too(
        self, world: World, use_alias: Callable[..., None], settings: Any
    ) -> None:
        custom = {
            "BACKEND": "tenant_minio.RoutingStorage",
            "OPTIONS": {"routers": [f"{__name__}.chosen"]},
        }
        use_alias({"bucket": "shared", "prefix": "plain/"}, custom=custom)
        report = self.clean_alias()
        assert report.status == "failed"
        assert "'acme'" in report.error
        settings.TENANT_MINIO = {**WITH_SCHEMAS, "TENANTS": None}
        assert "TENANTS" in self.clean_alias().error

    def test_two_tenants_that_a_custom_router_gives_one_bucket_are_not_searched(
        self, world: World, use_alias: Callable[..., None]
    ) -> None:
        custom = {
            "BACKEND": "tenant_minio.RoutingStorage",
            "OPTIONS": {"routers": [f"{__name__}.chosen"]},
        }
        use_alias({}, custom=custom)
        (need,) = select(tenants=["acme"], storage="custom")
        assert need.route is None
        assert "two endpoints may be names of one cluster" in str(need.error)


class TestReferencesOfAllThatAreHere:
    @pytest.fixture
    def cluster(self) -> dict[str, Any]:
        """What is asked for references is the same on any cluster."""
        return MEMORY

    def test_each_entry_of_the_place_is_asked_about(
        self, world: World, use_storages: Callable[..., None], settings: Any
    ) -> None:
        entries = django_settings.STORAGES
        place = {"backend": "eu", "bucket": world.bucket}
        kinds = {"again": "tenants/{tenant}/", "inner": "tenants/{tenant}/in/"}
        use_storages(
            **{
                **entries,
                **{
                    alias: {
                        "BACKEND": "tenant_minio.RoutingStorage",
                        "OPTIONS": {**place, "prefix": prefix},
                    }
                    for alias, prefix in kinds.items()
                },
            }
        )
        asked = []

        def elsewhere(alias: str, tenant: str | None) -> list[str]:
            asked.append(alias)
            return {"again": ["thumbs/"], "inner": ["x"]}.get(alias, [])

        settings.TENANT_MINIO = {**WITH_SCHEMAS, "REFERENCES": [elsewhere]}
        world.put("tenants/acme/thumbs/1", "tenants/acme/x", "tenants/acme/in/x")
        assert clean(one("acme"), ANY_SHARE).deleted.names == ("x",)
        assert set(asked) == {"default", "again", "inner"}
        assert world.held() == ["tenants/acme/in/x", "tenants/acme/thumbs/1"]
        assert clean(one("acme", "inner"), ANY_SHARE).referenced.count == 1

    def test_an_equal_plain_storage_is_asked_about(
        self, world: World, use_storages: Callable[..., None], settings: Any
    ) -> None:
        """In memory each alias is a cluster, which does not say that its bucket is another."""
        entries = django_settings.STORAGES
        use_storages(**{**entries, "thumbs": entries["reports"]})
        settings.TENANT_MINIO = {
            **WITH_SCHEMAS,
            "REFERENCES": [lambda alias, _tenant: ["thumbs/1"] if alias == "thumbs" else []],
        }
        world.put_reports("thumbs/1", "orphan")
        assert cleaned(None).deleted.names == ("orphan",)


def test_a_field_on_each_alias_of_a_place_counts(
    world: World, use_storages: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    from tenant_minio.storage import from_alias

    entries = django_settings.STORAGES
    use_storages(**{**entries, "again": entries["reports"]})
    monkeypatch.setattr(Document._meta.get_field("file"), "storage", from_alias("again"))
    with schema_context("acme"):
        Document.objects.create(file="docs/1")
    Report.objects.create(file="2")
    world.put_reports("docs/1", "2", "3")
    assert cleaned(None).deleted.names == ("3",)

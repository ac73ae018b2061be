"""``MinioBackend`` in models and settings: which entry it is, what is written down of it."""

import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import models
from django.db.migrations.writer import MigrationWriter
from django.test.utils import isolate_apps

from tenant_minio import registry, use_tenant
from tenant_minio.compat import django_minio_backend
from tenant_minio.compat.django_minio_backend import (
    MinioBackend,
    MinioBackendStatic,
    get_iso_date,
    iso_date_prefix,
)
from tenant_minio.compat.django_minio_backend import checks as compat_checks
from tenant_minio.exceptions import InvalidBackendError
from tests.compat.entries import GOOD, HOME, media, of, static

LISTS = {"MINIO_PRIVATE_BUCKETS": ["invoices"], "MINIO_PUBLIC_BUCKETS": ["logos"]}


class Reports(MinioBackend):
    """A subclass as projects have them."""

    def __init__(self, year: int) -> None:
        super().__init__(bucket_name=f"reports-{year}", replace_existing=True)


class Scanned(MinioBackend):
    """A subclass that passes on what it is given."""

    def __init__(self, bucket_name: str = "", **options: Any) -> None:
        super().__init__(bucket_name, **options)


class Overwriting(MinioBackend):
    """The usual recipe for a storage that replaces files."""

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return name


def written(storage: Any) -> str:
    text, _imports = MigrationWriter.serialize(storage)
    return text


def test_importing_and_making_it_needs_no_settings_and_no_network() -> None:
    code = (
        "from tenant_minio.compat.django_minio_backend import MinioBackend, MinioBackendStatic;"
        "MinioBackend('a'); MinioBackend(bucket_name='a', storage_name='b', sse=1, junk=2);"
        "MinioBackendStatic()"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ, "PYTHONPATH": "."})


def test_it_is_the_entry_it_names_in_the_bucket_it_names(use_storages: Callable[..., None]) -> None:
    use_storages(
        default=media(**LISTS, MINIO_DEFAULT_BUCKET="main"),
        second=media(MINIO_ENDPOINT="other:9000", MINIO_DEFAULT_BUCKET="elsewhere"),
        native={
            "BACKEND": "tenant_minio.MinioStorage",
            "OPTIONS": {
                "endpoint": "third:9000",
                "access_key": "k",
                "secret_key": "s",
                "public_buckets": ["banners"],
            },
        },
    )
    assert (storages["default"].bucket, storages["second"].bucket) == ("main", "elsewhere")
    assert (MinioBackend().bucket, MinioBackend("invoices").bucket) == ("main", "invoices")
    assert MinioBackend(bucket_name="logos").url("a.png") == "http://minio:9000/logos/a.png"
    assert "X-Amz-Signature" in MinioBackend(bucket_name="invoices").url("a.pdf")
    assert MinioBackend("elsewhere", "second").base_url == "http://other:9000"
    # The settings may go over to this package's names before the models do.
    banners = MinioBackend("banners", storage_name="native")
    assert banners.url("a.png") == "https://third:9000/banners/a.png"
    with pytest.raises(InvalidBackendError, match=r"no backend 'secnd'\. Did you mean 'second'"):
        MinioBackend("elsewhere", storage_name="secnd").url("a")
    with pytest.raises(InvalidBackendError, match="staticfiles"):
        MinioBackend("x-bucket", storage_name="staticfiles").url("a")


def test_a_bucket_that_nobody_declares_is_private_and_told_of(
    use_storages: Callable[..., None],
) -> None:
    use_storages(default=media(**LISTS))
    storage = MinioBackend("made-at-run-time")
    assert not storage.is_bucket_public
    assert "X-Amz-Signature" in storage.url("a.txt")
    with isolate_apps("tests.project.docs"):

        class Odd(models.Model):
            file = models.FileField(storage=storage)
            wrong = models.FileField(storage=MinioBackend("logos", replace_existing="yes"))
            good = models.FileField(storage=MinioBackend("logos"))

            class Meta:
                app_label = "docs"

        found = compat_checks.check_fields([FakeConfig(Odd)])
    assert [(message.id, message.obj.name) for message in found] == [
        ("tenant_minio.W041", "file"),
        ("tenant_minio.E040", "wrong"),
    ]
    assert "made-at-run-time" in found[0].msg


class FakeConfig:
    """An app with one model, which the registry of apps must not keep."""

    def __init__(self, model: type[models.Model]) -> None:
        self._model = model

    def get_models(self) -> list[type[models.Model]]:
        return [self._model]


def test_no_bucket_is_taken_from_a_tenant_or_another_storage(
    use_storages: Callable[..., None],
) -> None:
    routing = {"backend": "default", "bucket": "tenants-{tenant}", "prefix": ""}
    use_storages(
        default=media(**LISTS),
        tenants={"BACKEND": "tenant_minio.RoutingStorage", "OPTIONS": routing},
        reports=media(MINIO_DEFAULT_BUCKET="reports"),
    )
    assert not [p for p in registry.declared.problems if p.code.startswith("E")]
    for bucket in ("tenants-acme", "reports", "invoices-{tenant}"):
        with pytest.raises(InvalidBackendError, match=bucket):
            MinioBackend(bucket).url("a")


def test_it_is_a_backend_for_routes(use_storages: Callable[..., None]) -> None:
    """A project goes on to routing with the entry it has."""
    routing = {"backend": "old", "bucket": "tenants", "prefix": "{tenant}/"}
    use_storages(
        default={"BACKEND": "tenant_minio.RoutingStorage", "OPTIONS": routing},
        old=media(**LISTS, MINIO_DEFAULT_BUCKET="main"),
    )
    assert registry.declared.problems == []
    with use_tenant("acme"):
        assert "minio:9000/tenants/acme/a.txt" in storages["default"].url("a.txt")
    assert "/main/a.txt" in MinioBackend(storage_name="old").url("a.txt")
    use_storages(
        default={
            "BACKEND": "tenant_minio.RoutingStorage",
            "OPTIONS": {**routing, "bucket": "main"},
        },
        old=media(MINIO_DEFAULT_BUCKET="main"),
    )
    assert [problem.code for problem in registry.declared.problems] == ["E009"]


def test_options_of_its_own_lie_over_those_of_the_entry(use_storages: Callable[..., None]) -> None:
    use_storages(default=media(**LISTS, user_metadata={"origin": "web"}))
    storage = MinioBackend(
        "invoices",
        replace_existing=True,
        metadata={"Cache-Control": "private", "kind": "invoice"},
        num_parallel_uploads=1,
        legal_hold=True,
        MINIO_URL_EXPIRY_HOURS=timedelta(hours=1),
        MINIO_ENDPOINT=GOOD["MINIO_ENDPOINT"],  # repeats the entry
    )
    options = storage.write_options("default")
    assert (options.replace_existing, options.legal_hold, options.parallel_uploads) == (
        True,
        True,
        1,
    )
    assert dict(options.metadata) == {"origin": "web", "kind": "invoice"}
    assert dict(options.headers) == {"cache-control": "private"}
    assert "X-Amz-Expires=3600&" in storage.url("a.pdf")
    assert "X-Amz-Expires=3600&" in storage.urls(["a.pdf"])[0]
    assert "X-Amz-Expires=60&" in storage.url("a.pdf", expires=60)
    assert "X-Amz-Expires=604800&" in MinioBackend("invoices").url("a.pdf")
    assert not MinioBackend("invoices").write_options("default").replace_existing


@pytest.mark.parametrize(
    "given",
    [
        {"MINIO_ENDPOINT": "elsewhere:9000"},
        {"MINIO_SECRET_KEY": "another-S3CR3T"},
        {"http_client": object()},
        {"region": "eu-central-1"},
        {"replace_existin": True},
        {"MINIO_PUBLIC_BUCKETS": ["invoices"]},
    ],
)
def test_what_only_an_entry_can_say_is_refused_in_a_model(
    use_storages: Callable[..., None], given: dict[str, Any]
) -> None:
    """The checks see entries: what they cannot see could be another tenant's place."""
    use_storages(default=media(**LISTS))
    with pytest.raises(InvalidBackendError, match=next(iter(given))) as error:
        MinioBackend("invoices", **given).url("a")
    assert "S3CR3T" not in str(error.value)


def test_migrations_hold_entry_and_bucket_and_no_secret(use_storages: Callable[..., None]) -> None:
    use_storages(
        default=media(**LISTS), second=media(MINIO_DEFAULT_BUCKET="other", tags={"a": "b"})
    )
    assert written(MinioBackend("invoices")) == f"{HOME}.MinioBackend(bucket_name='invoices')"
    assert written(MinioBackend(bucket_name="invoices")) == written(MinioBackend("invoices"))
    assert written(MinioBackend()) == f"{HOME}.MinioBackend()"
    assert written(MinioBackend("a-bucket", "second", sse=object(), MINIO_SECRET_KEY="S3CR3T")) == (
        f"{HOME}.MinioBackend(bucket_name='a-bucket', storage_name='second')"
    )
    assert written(MinioBackend("invoices", replace_existing=True)) == (
        f"{HOME}.MinioBackend(bucket_name='invoices', replace_existing=True)"
    )
    assert written(storages["second"]) == "tenant_minio.storage.from_alias('second')"
    # What v4 wrote down for storage=storages["second"] is still the same storage.
    again = MinioBackend(**storages["second"]._options)
    assert again.deconstruct() == storages["second"].deconstruct()
    assert written(MinioBackendStatic()) == f"{HOME}.MinioBackendStatic()"
    assert written(Reports(2026)) == f"{__name__}.Reports(2026)"
    scanned = Scanned("invoices", secret_key="S3CR3T", sse=object(), replace_existing=True)
    assert written(scanned) == f"{__name__}.Scanned('invoices', replace_existing=True)"
    for storage in (MinioBackend("invoices"), storages["default"], storages["second"]):
        assert "S3CR3T" not in repr(storage) + str(storage.__dict__.get("_laid"))


def test_pickles_hold_no_secret_and_lose_nothing(use_storages: Callable[..., None]) -> None:
    use_storages(default=media(**LISTS))
    for storage in (MinioBackend("invoices", replace_existing=True), storages["default"]):
        pickled = pickle.dumps(storage)
        assert b"S3CR3T" not in pickled
        again = pickle.loads(pickled)
        assert (again.bucket, again.deconstruct()) == (storage.bucket, storage.deconstruct())
        assert again.write_options("default") == storage.write_options("default")
    assert pickle.loads(pickle.dumps(Reports(2026))).bucket == "reports-2026"
    with pytest.raises(TypeError, match="sse"):
        pickle.dumps(MinioBackend("invoices", sse=object()))
    with pytest.raises(TypeError, match="secret_key"):
        pickle.dumps(Scanned("invoices", secret_key="S3CR3T"))


def test_each_property_tells_of_the_entry(use_storages: Callable[..., None]) -> None:
    use_storages(
        default=media(
            **LISTS, MINIO_EXTERNAL_ENDPOINT="x.example.com", MINIO_EXTERNAL_ENDPOINT_USE_HTTPS=True
        ),
        same=media(MINIO_DEFAULT_BUCKET="same"),
        staticfiles=static(MINIO_STATIC_FILES_BUCKET="site-static"),
    )
    storage, same = MinioBackend("invoices"), storages["same"]
    assert (storage.base_url, storage.base_url_external) == (
        "http://minio:9000",
        "https://x.example.com",
    )
    assert (storage.same_endpoints, same.same_endpoints) == (False, True)
    assert storage.client_external._base_url.host == "x.example.com"
    assert same.client_external is same.client
    assert (storage.HTTP_CLIENT, storage.url_caching_enabled) == (None, True)
    assert storage.PRIVATE_BUCKETS == ["auto-generated-bucket-media-files", "invoices"]
    assert storage.PUBLIC_BUCKETS == ["logos"]
    assert MinioBackend.DEFAULT_MEDIA_FILES_BUCKET == "auto-generated-bucket-media-files"
    assert (MinioBackendStatic().bucket, MinioBackendStatic().is_bucket_public) == (
        "site-static",
        True,
    )
    for method in (storage.path, storage.get_accessed_time, storage.get_created_time):
        with pytest.raises(NotImplementedError):
            method("a")


def test_names_begin_with_the_date() -> None:
    assert iso_date_prefix(None, "cat.png") == f"{get_iso_date()}/cat.png"
    assert len(get_iso_date()) == len("2026-03-01")
    assert django_minio_backend.models.iso_date_prefix is iso_date_prefix
    assert written(iso_date_prefix) == f"{HOME}.iso_date_prefix"


def test_good_entries_pass_all_checks(use_storages: Callable[..., None]) -> None:
    use_storages(default=media(**LISTS), staticfiles=static())
    assert registry.declared.problems == []
    assert compat_checks.check_fields() == []


def test_a_subclass_that_insists_on_a_name_replaces_the_file(
    minio_server: Any, use_storages: Callable[..., None], new_bucket: Callable[[str], str]
) -> None:
    use_storages(default=media(**of(minio_server)))
    storage = Overwriting(new_bucket("default"))
    for content in (b"1", b"2", b"x" * 9_000_000):
        assert storage.save("a.txt", ContentFile(content)) == "a.txt"
        assert storage.open("a.txt").read() == content


def test_details_are_found_under_the_names_of_headers(
    minio_server: Any, use_storages: Callable[..., None], new_bucket: Callable[[str], str]
) -> None:
    use_storages(default=media(**of(minio_server)))
    storage = MinioBackend(new_bucket("default"), metadata={"owner": "me"})
    storage.save("meta/a.txt", ContentFile(b"12345"))
    found = storage.stat("meta/a.txt").metadata
    assert (found["X-Amz-Meta-Owner"], found["content-type"]) == ("me", "text/plain")
    assert found["Content-Length"] == "5"
    assert storage.listdir("/meta/") == ([], ["a.txt"])


def test_what_is_its_own_is_read_once(use_storages: Callable[..., None]) -> None:
    use_storages(default=media(**LISTS))
    storage = MinioBackend("invoices", MINIO_URL_EXPIRY_HOURS=timedelta(hours=2))
    assert "X-Amz-Expires=7200" in storage.url("a")
    assert storage._own() is storage._own()
    use_storages(default=media(**LISTS, MINIO_URL_EXPIRY_HOURS=timedelta(hours=2)))
    assert "X-Amz-Expires=7200" in storage.url("a")


@pytest.mark.parametrize("value", ["maybe", ["x"], 7])
@pytest.mark.parametrize("option", ["MINIO_CONSISTENCY_CHECK_ON_START", "MINIO_DEFAULT_BUCKET"])
def test_wrong_values_are_told_by_the_checks_alone(
    use_storages: Callable[..., None], option: str, value: object
) -> None:
    if (option, value) == ("MINIO_DEFAULT_BUCKET", "maybe"):
        value = "May be"
    hooks = [("hooked", {"Version": "2012-10-17", "Statement": []})]
    use_storages(default=media(**{**LISTS, "MINIO_POLICY_HOOKS": hooks, option: value}))
    assert registry.declared.problems
    with pytest.raises(InvalidBackendError):
        MinioBackend().url("a")

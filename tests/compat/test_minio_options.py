"""The ``MINIO_*`` options: what they become, and what is said of wrong ones."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.files.storage import storages
from django.test import override_settings
from minio.sse import SseS3
from urllib3 import PoolManager

from tenant_minio import registry
from tenant_minio.compat.django_minio_backend.models import MinioBackend
from tenant_minio.compat.django_minio_backend.options import TOP_LEVEL
from tenant_minio.compat.django_minio_backend.utils import (
    ConfigurationError,
    PrivatePublicMixedError,
    get_setting,
    get_storages_setting,
)
from tenant_minio.exceptions import InvalidBackendError
from tests.compat.entries import GOOD, media, static


def problems() -> list[tuple[str, str]]:
    return [(p.code, f"{p.message} {p.hint}") for p in registry.declared.problems]


def test_every_option_becomes_one_of_this_package(use_storages: Callable[..., None]) -> None:
    pool = PoolManager()
    use_storages(
        default=media(
            MINIO_EXTERNAL_ENDPOINT="files.example.com",
            MINIO_EXTERNAL_ENDPOINT_USE_HTTPS=True,
            MINIO_REGION="eu-west-1",
            MINIO_PRIVATE_BUCKETS=["private", "media"],
            MINIO_PUBLIC_BUCKETS=["public"],
            MINIO_DEFAULT_BUCKET="media",
            MINIO_STATIC_FILES_BUCKET="not-for-media",
            MINIO_URL_EXPIRY_HOURS=timedelta(hours=8),
            MINIO_HTTP_CLIENT=pool,
            MINIO_BUCKET_CHECK_ON_SAVE=True,
            MINIO_MULTIPART_UPLOAD=True,
            MINIO_MULTIPART_THRESHOLD=20 * 2**20,
            MINIO_MULTIPART_PART_SIZE=10 * 2**20,
            replace_existing=True,
            user_metadata={"origin": "web"},
            headers={"Cache-Control": "no-store", "x-extra": "1"},
            num_parallel_uploads=5,
            sse=SseS3(),
        )
    )
    assert problems() == []
    options = registry["default"].options  # type: ignore[attr-defined]
    assert (options.endpoint, options.secure, options.region) == ("minio:9000", False, "eu-west-1")
    assert options.external == ("files.example.com", True)
    assert (options.url_expiry, options.http_client) == (8 * 3600, pool)
    assert registry.plain_route("default").bucket == "media"
    buckets = registry.declared.buckets["default"]
    assert {name: route.public for name, route in buckets.items()} == {
        "media": False,
        "private": False,
        "public": True,
    }
    written = storages["default"].write_options("default")
    assert (written.replace_existing, written.check_bucket_on_save) == (True, True)
    assert (written.multipart_threshold, written.part_size) == (20 * 2**20, 10 * 2**20)
    assert (dict(written.metadata), dict(written.headers)) == (
        {"origin": "web"},
        {"cache-control": "no-store"},
    )
    assert (dict(written.extra_headers), written.parallel_uploads) == ({"x-extra": "1"}, 5)
    assert written.sse is not None


def test_what_is_left_out_is_as_it_was(use_storages: Callable[..., None]) -> None:
    use_storages(default=media(), staticfiles=static())
    assert problems() == []
    options = registry["default"].options  # type: ignore[attr-defined]
    assert (options.secure, options.region, options.url_expiry) == (False, "us-east-1", 7 * 86400)
    assert options.external == ("minio:9000", False)
    media_route, static_route = registry.plain_route("default"), registry.plain_route("staticfiles")
    assert (media_route.bucket, media_route.public) == ("auto-generated-bucket-media-files", False)
    assert (static_route.bucket, static_route.public) == (
        "auto-generated-bucket-static-files",
        True,
    )
    assert storages["default"].write_options("default").multipart


def test_values_of_environment_variables_count_by_what_they_say(
    use_storages: Callable[..., None],
) -> None:
    use_storages(
        default=media(
            MINIO_USE_HTTPS="False",
            MINIO_REGION="",
            MINIO_EXTERNAL_ENDPOINT="",
            MINIO_EXTERNAL_ENDPOINT_USE_HTTPS=False,
            MINIO_PRIVATE_BUCKETS="a-bucket,b-bucket",
            MINIO_PUBLIC_BUCKETS=[""],
            MINIO_URL_EXPIRY_HOURS="12",
            MINIO_MULTIPART_PART_SIZE="10485760",
            MINIO_HTTP_CLIENT=None,
            MINIO_URL_CACHING_ENABLED="no",
        )
    )
    assert problems() == []
    options = registry["default"].options  # type: ignore[attr-defined]
    assert (options.secure, options.region, options.url_expiry) == (False, "us-east-1", 12 * 3600)
    assert options.url_cache_size == 0
    assert storages["default"].PRIVATE_BUCKETS[1:] == ["a-bucket", "b-bucket"]
    assert storages["default"].PUBLIC_BUCKETS == []
    assert not storages["default"].url_caching_enabled


WRONG: list[tuple[str, dict[str, Any], list[str]]] = [
    ("E003", {"MINIO_ENDPOINT": None}, ["'MINIO_ENDPOINT'"]),
    ("E003", {"MINIO_SECRET_KEY": ""}, ["'MINIO_SECRET_KEY'"]),
    ("E003", {"MINIO_EXTERNAL_ENDPOINT": "x.example.com"}, ["MINIO_EXTERNAL_ENDPOINT_USE_HTTPS"]),
    ("E003", {"MINIO_EXTERNAL_ENDPOINT_USE_HTTPS": True}, ["MINIO_EXTERNAL_ENDPOINT "]),
    ("E002", {"MINIO_ENPOINT": "x"}, ["'MINIO_ENPOINT'", "'MINIO_ENDPOINT'"]),
    ("E002", {"MINIO_PRIVATE_BUCKET": []}, ["'MINIO_PRIVATE_BUCKETS'"]),
    ("E002", {"replace_exist": True}, ["'replace_existing'"]),
    ("E004", {"MINIO_ENDPOINT": "http://minio:9000"}, ["'MINIO_ENDPOINT'", "'MINIO_USE_HTTPS'"]),
    ("E005", {"MINIO_USE_HTTPS": "maybe"}, ["'MINIO_USE_HTTPS'"]),
    ("E005", {"MINIO_URL_EXPIRY_HOURS": timedelta(days=8)}, ["'MINIO_URL_EXPIRY_HOURS'", "7 days"]),
    ("E005", {"MINIO_URL_EXPIRY_HOURS": "soon"}, ["'MINIO_URL_EXPIRY_HOURS'", "timedelta"]),
    ("E005", {"MINIO_PRIVATE_BUCKETS": 7}, ["'MINIO_PRIVATE_BUCKETS'", "list"]),
    ("E005", {"MINIO_HTTP_CLIENT": 7}, ["'MINIO_HTTP_CLIENT'"]),
    ("E005", {"MINIO_MULTIPART_PART_SIZE": "big"}, ["'MINIO_MULTIPART_PART_SIZE'"]),
    ("E005", {"num_parallel_uploads": 0}, ["'num_parallel_uploads'"]),
    ("E005", {"metadata": "x"}, ["'metadata'"]),
    ("E006", {"MINIO_DEFAULT_BUCKET": "No_Such"}, ["'No_Such'"]),
    (
        "E016",
        {"MINIO_PRIVATE_BUCKETS": ["both"], "MINIO_PUBLIC_BUCKETS": ["both"]},
        ["'both'", "'MINIO_PRIVATE_BUCKETS'", "'MINIO_PUBLIC_BUCKETS'"],
    ),
]


@pytest.mark.parametrize(("code", "given", "words"), WRONG)
def test_a_wrong_option_is_named_as_the_settings_call_it(
    use_storages: Callable[..., None], code: str, given: dict[str, Any], words: list[str]
) -> None:
    use_storages(default=media(**given))
    ((found, text),) = problems()
    assert found == code
    assert all(word in text for word in ["'default'", *words]), text
    assert GOOD["MINIO_SECRET_KEY"] not in text
    shown = [message for message in run_checks() if message.id == f"tenant_minio.{code}"]
    assert len(shown) == 1
    for error in (ConfigurationError, PrivatePublicMixedError, InvalidBackendError):
        with pytest.raises(error, match=words[0].strip("'")):
            storages["default"].url("a.txt")
    with pytest.raises(ConfigurationError):
        MinioBackend().validate_settings()
    status = MinioBackend().is_minio_available()
    assert not status
    assert words[0].strip("' ") in status.details


def test_an_option_without_effect_is_a_warning(use_storages: Callable[..., None]) -> None:
    use_storages(default=media(MINIO_URL_CACHE_TIMEOUT=60, MINIO_URL_CACHE_PREFIX="x"))
    assert [code for code, _text in problems()] == ["W040", "W040"]
    assert storages["default"].url("a.txt").startswith("http://minio:9000/")


def test_options_of_both_packages_may_stand_together(use_storages: Callable[..., None]) -> None:
    use_storages(default=media(read_timeout=5.0, prefix="site/", MINIO_DEFAULT_BUCKET="media"))
    assert problems() == []
    assert registry["default"].options.read_timeout == 5.0  # type: ignore[attr-defined]
    assert registry.plain_route("default").prefix == "site/"


V3 = {
    **GOOD,
    "MINIO_MEDIA_FILES_BUCKET": "v3-media",
    "MINIO_STATIC_FILES_BUCKET": "v3-static",
    "MINIO_PRIVATE_BUCKETS": ["v3-private"],
    "MINIO_PUBLIC_BUCKETS": ["v3-public", "v3-static"],
    "MINIO_URL_EXPIRY_HOURS": timedelta(hours=2),
}


def test_settings_at_the_top_level_count_where_an_entry_names_no_cluster() -> None:
    entries = {
        "default": {"BACKEND": media()["BACKEND"]},
        "staticfiles": {"BACKEND": static()["BACKEND"]},
        "other": media(MINIO_DEFAULT_BUCKET="other"),
    }
    with override_settings(STORAGES=entries, **V3):
        assert problems() == []
        assert storages["default"].bucket == MinioBackend().bucket == "v3-media"
        assert storages["staticfiles"].bucket == "v3-static"
        assert storages["staticfiles"].url("a.css") == "http://minio:9000/v3-static/a.css"
        assert registry["default"].options.url_expiry == 7200  # type: ignore[attr-defined]
        assert storages["other"].PRIVATE_BUCKETS == ["other"]
        assert MinioBackend(bucket_name="v3-public").url("a b").endswith("/v3-public/a%20b")


def test_settings_at_the_top_level_need_no_entry() -> None:
    """A v3 project may use MinIO in its fields alone."""
    files = {"default": {"BACKEND": "django.core.files.storage.FileSystemStorage"}}
    with override_settings(STORAGES=files, **V3):
        assert problems() == []
        storage = MinioBackend("v3-private")
        assert (storage.bucket, storage.is_bucket_public) == ("v3-private", False)
        assert "minio:9000/v3-private/a.txt" in storage.url("a.txt")
        with override_settings(MINIO_ENDPOINT="moved:9000"):
            assert "moved:9000" in storage.url("a.txt")


def test_the_settings_themselves_are_left_alone(use_storages: Callable[..., None]) -> None:
    """Lists in the settings are shared by all storages: nothing may be added to them."""
    lists: dict[str, list[str]] = {
        "MINIO_PRIVATE_BUCKETS": ["one"],
        "MINIO_PUBLIC_BUCKETS": ["two"],
    }
    use_storages(default=media(**lists))
    MinioBackend("three").PRIVATE_BUCKETS.append("four")
    assert MinioBackend("three").bucket == "three"
    assert MinioBackend().bucket == "auto-generated-bucket-media-files"
    assert lists == {"MINIO_PRIVATE_BUCKETS": ["one"], "MINIO_PUBLIC_BUCKETS": ["two"]}
    assert MinioBackend().PRIVATE_BUCKETS == ["auto-generated-bucket-media-files", "one"]


def test_the_helpers_read_settings() -> None:
    entries = {"default": media(), "plain": {"BACKEND": "x.Y"}}
    with override_settings(MINIO_ENDPOINT="top", STORAGES=entries):
        assert get_setting("MINIO_ENDPOINT") == "top"
        assert get_setting("MINIO_NOTHING", 1) == 1
        assert get_storages_setting("MINIO_ENDPOINT") == "minio:9000"
        assert get_storages_setting("MINIO_ENDPOINT", storage="plain", default="none") == "none"
    assert "MINIO_REGION" in TOP_LEVEL

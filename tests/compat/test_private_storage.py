"""The settings of django-private-storage, and its names, one by one."""

import pickle
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.http import Http404, HttpResponse
from django.test import override_settings
from django.urls import NoReverseMatch

from tenant_minio import registry
from tenant_minio.compat.private_storage import appconfig
from tenant_minio.compat.private_storage.fields import PrivateFileField, PrivateImageField
from tenant_minio.compat.private_storage.models import PrivateFile
from tenant_minio.compat.private_storage.permissions import allow_authenticated
from tenant_minio.compat.private_storage.servers import (
    ApacheXSendfileServer,
    DjangoServer,
    DjangoStreamingServer,
    NginxXAccelRedirectServer,
    add_no_cache_headers,
    get_server_class,
)
from tenant_minio.compat.private_storage.storage.files import PrivateFileSystemStorage
from tenant_minio.compat.private_storage.storage.minio import PrivateMinioStorage
from tenant_minio.compat.private_storage.storage.s3boto3 import (
    PrivateEncryptedS3BotoStorage,
    PrivateS3BotoStorage,
)
from tenant_minio.compat.private_storage.views import PrivateStorageDetailView, PrivateStorageView
from tenant_minio.exceptions import InvalidBackendError, UnsupportedFeatureError
from tests.compat.test_private_example import minio_settings, s3_settings
from tests.private.conftest import MEMBER, ROOT, STRANGER, asking

HOME = "tenant_minio.compat.private_storage"
STATIC = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
MINIO = {
    "MINIO_STORAGE_ENDPOINT": "minio:9000",
    "MINIO_STORAGE_ACCESS_KEY": "key",
    "MINIO_STORAGE_SECRET_KEY": "S3CR3T-KEY",
    "MINIO_STORAGE_MEDIA_BUCKET_NAME": "media",
}
S3 = {
    "AWS_ACCESS_KEY_ID": "everyone",
    "AWS_SECRET_ACCESS_KEY": "S3CR3T-KEY",
    "AWS_PRIVATE_STORAGE_BUCKET_NAME": "private",
}


@pytest.fixture(autouse=True)
def _no_entries(use_storages: Callable[..., None]) -> None:
    """What the settings say is all that there is."""
    use_storages()


@pytest.mark.parametrize(
    ("module", "names"),
    [
        ("appconfig", list(appconfig.DEFAULTS)),
        ("fields", ["PrivateFileField", "PrivateImageField"]),
        ("models", ["PrivateFile"]),
        ("permissions", ["allow_authenticated", "allow_staff", "allow_superuser"]),
        (
            "servers",
            [
                "add_no_cache_headers",
                "get_server_class",
                "ApacheXSendfileServer",
                "DjangoServer",
                "DjangoStreamingServer",
                "NginxXAccelRedirectServer",
            ],
        ),
        ("storage", ["PrivateStorage", "private_storage"]),
        ("storage.files", ["PrivateFileSystemStorage"]),
        ("storage.minio", ["PrivateMinioStorage"]),
        ("storage.s3boto3", ["PrivateEncryptedS3BotoStorage", "PrivateS3BotoStorage"]),
        ("urls", ["urlpatterns"]),
        ("views", ["PrivateStorageDetailView", "PrivateStorageView"]),
    ],
)
def test_every_name_is_there(module: str, names: list[str]) -> None:
    found = import_module(f"{HOME}.{module}")
    assert [name for name in names if not hasattr(found, name)] == []
    with pytest.raises(AttributeError):
        _ = found.no_such_name


def test_settings_are_read_when_they_are_asked_for() -> None:
    assert appconfig.PRIVATE_STORAGE_SERVER == "django"
    with override_settings(PRIVATE_STORAGE_SERVER="nginx"):
        assert appconfig.PRIVATE_STORAGE_SERVER == "nginx"


# Storages


def test_local_storage_follows_its_folder_and_is_never_the_public_one(tmp_path: Path) -> None:
    storage = PrivateFileSystemStorage()
    with override_settings(MEDIA_ROOT=str(tmp_path / "public")):
        with pytest.raises(InvalidBackendError, match="PRIVATE_STORAGE_ROOT"):
            storage.save("a.txt", ContentFile(b"x"))
        for folder in ("one", "two"):
            with override_settings(PRIVATE_STORAGE_ROOT=str(tmp_path / folder)):
                name = storage.save("a.txt", ContentFile(b"x"))
                assert storage.path(name) == str(tmp_path / folder / "a.txt")
                assert (tmp_path / folder / "a.txt").read_bytes() == b"x"
    assert not (tmp_path / "public").exists()


def test_local_storage_leads_to_the_view_or_where_it_is_told(tmp_path: Path) -> None:
    with override_settings(ROOT_URLCONF="tests.compat.private_example_urls"):
        storage = PrivateFileSystemStorage(tmp_path)
        assert storage.base_url == "/files/"
        for name in ("a b.txt", "/a b.txt"):
            assert storage.url(name) == "/files/a%20b.txt"
        for name in ("?a#b.txt", "a:b.txt"):
            assert storage.url(name) == "/files/" + quote(name)
        assert storage.url(None) == "/files/"
    with pytest.raises(NoReverseMatch):
        _ = PrivateFileSystemStorage(tmp_path).base_url
    own = PrivateFileSystemStorage(tmp_path, base_url="/own/")
    assert (own.base_url, own.url("a b.txt")) == ("/own/", "/own/a%20b.txt")
    assert own.deconstruct() == (
        f"{HOME}.storage.files.PrivateFileSystemStorage",
        (tmp_path,),
        {"base_url": "/own/"},
    )


def options(alias: str) -> Any:
    assert registry.declared.problems == []
    backend: Any = registry[alias]
    return backend.options


def test_minio_settings_fall_back_one_by_one_and_false_is_an_answer() -> None:
    with override_settings(**MINIO):
        found = options("private_storage_minio")
        assert (found.endpoint, found.access_key, found.secure) == ("minio:9000", "key", True)
        assert PrivateMinioStorage().locate().route.bucket == "media"
        own = {
            "MINIO_PRIVATE_STORAGE_ENDPOINT": "other:9000",
            "MINIO_PRIVATE_STORAGE_USE_HTTPS": False,
            "MINIO_PRIVATE_STORAGE_MEDIA_BUCKET_NAME": "private",
            "MINIO_PRIVATE_STORAGE_AUTO_CREATE_MEDIA_BUCKET": True,
            "MINIO_PRIVATE_STORAGE_AUTO_CREATE_MEDIA_POLICY": "GET_ONLY",
            "MINIO_STORAGE_MEDIA_OBJECT_METADATA": {"origin": "web"},
        }
        with override_settings(**own):
            found = options("private_storage_minio")
            assert (found.endpoint, found.secure) == ("other:9000", False)
            storage = PrivateMinioStorage()
            assert storage.locate().route.bucket == "private"
            assert not storage.locate().route.public
            written = storage.write_options(storage.alias)
            assert written.check_bucket_on_save
            assert written.metadata == {"origin": "web"}
    with pytest.raises(InvalidBackendError):
        PrivateMinioStorage().locate()


def test_backups_on_deletion_are_refused_by_name() -> None:
    with override_settings(**MINIO, MINIO_STORAGE_MEDIA_BACKUP_BUCKET="bin"):
        [problem] = registry.declared.problems
        assert problem.code == "E002"
        assert "MEDIA_BACKUP_BUCKET" in problem.message
        assert "versioning" in problem.message
        with pytest.raises(InvalidBackendError):
            PrivateMinioStorage().locate()


def test_s3_settings_fall_back_where_they_did() -> None:
    with override_settings(**S3):
        found = options("private_storage_s3")
        assert found.endpoint == "s3.us-east-1.amazonaws.com"
        assert (found.access_key, found.secure, found.url_expiry) == ("everyone", True, 3600)
        everyones = {
            "AWS_S3_REGION_NAME": "eu-west-1",
            "AWS_SESSION_TOKEN": "token",
            "AWS_S3_VERIFY": False,
            "AWS_S3_PROXIES": {"https": "http://proxy:3128"},
            # These are not for private files.
            "AWS_S3_ENDPOINT_URL": "https://public.example.com",
            "AWS_LOCATION": "public",
            "AWS_QUERYSTRING_EXPIRE": 5,
            "AWS_S3_FILE_OVERWRITE": True,
        }
        with override_settings(**everyones):
            found = options("private_storage_s3")
            assert found.endpoint == "s3.eu-west-1.amazonaws.com"
            assert (found.session_token, found.verify) == ("token", False)
            assert (found.proxy, found.url_expiry) == ("http://proxy:3128", 3600)
            storage = PrivateS3BotoStorage()
            assert storage.locate().route.prefix == ""
            assert not storage.write_options(storage.alias).replace_existing
            own = {
                "AWS_PRIVATE_S3_ACCESS_KEY_ID": "own",
                "AWS_PRIVATE_SECRET_ACCESS_KEY": "own-S3CR3T",
                "AWS_PRIVATE_S3_REGION_NAME": "eu-central-1",
                "AWS_PRIVATE_LOCATION": "/a/b/",
                "AWS_PRIVATE_QUERYSTRING_EXPIRE": 60,
                "AWS_PRIVATE_S3_FILE_OVERWRITE": True,
                "AWS_PRIVATE_REDUCED_REDUNDANCY": True,
                "AWS_PRIVATE_S3_ENDPOINT_URL": "http://minio:9000",
            }
            with override_settings(**own):
                found = options("private_storage_s3")
                assert (found.access_key, found.session_token) == ("own", None)
                assert (found.endpoint, found.secure) == ("minio:9000", False)
                assert (found.region, found.url_expiry) == ("eu-central-1", 60)
                assert storage.locate().route.prefix == "a/b/"
                written = storage.write_options(storage.alias)
                assert written.replace_existing
                assert written.extra_headers == {"x-amz-storage-class": "REDUCED_REDUNDANCY"}


def test_keys_may_stand_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "of-the-machine")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "S3CR3T-KEY")
    with override_settings(AWS_PRIVATE_STORAGE_BUCKET_NAME="private"):
        assert options("private_storage_s3").access_key == "of-the-machine"


def test_object_parameters_become_options_or_are_refused() -> None:
    given = {
        "CacheControl": "no-store",
        "ContentType": "text/plain",
        "Metadata": {"origin": "web"},
        "StorageClass": "STANDARD_IA",
        "ServerSideEncryption": "aws:kms",
        "SSEKMSKeyId": "key",
        "ACL": "public-read",
    }
    with override_settings(**S3, AWS_PRIVATE_S3_OBJECT_PARAMETERS=given):
        assert registry.declared.problems == []
        storage = PrivateS3BotoStorage()
        written = storage.write_options(storage.alias)
        assert dict(written.headers) == {"cache-control": "no-store"}
        assert (written.content_type, written.metadata) == ("text/plain", {"origin": "web"})
        assert written.extra_headers == {"x-amz-storage-class": "STANDARD_IA"}
        assert written.sse is not None
    with override_settings(**S3, AWS_PRIVATE_S3_OBJECT_PARAMETERS={"ChecksumAlgorithm": "X"}):
        [problem] = registry.declared.problems
        assert "ChecksumAlgorithm" in problem.message


@pytest.mark.parametrize("kind", ["minio", "versitygw"])
def test_encrypted_storage_stores_nothing_where_nothing_is_encrypted(
    request: pytest.FixtureRequest,
    use_storages: Callable[..., None],
    new_bucket: Callable[[str], str],
    kind: str,
) -> None:
    server = request.getfixturevalue(f"{kind}_server")
    use_storages(eu={"BACKEND": "tenant_minio.MinioStorage", "OPTIONS": server.storage_options()})
    bucket = new_bucket("eu")
    use_storages()
    with override_settings(**s3_settings(server, bucket)):
        encrypted, plain = PrivateEncryptedS3BotoStorage(), PrivateS3BotoStorage()
        with pytest.raises(UnsupportedFeatureError):
            encrypted.save("a.txt", ContentFile(b"x"))
        assert not plain.exists("a.txt")
        plain.save("b.txt", ContentFile(b"y"))
        # Both are one place.
        assert encrypted.open("b.txt").read() == b"y"
    use_storages(eu={"BACKEND": "tenant_minio.MinioStorage", "OPTIONS": server.storage_options()})


@pytest.mark.parametrize("storage_class", [PrivateS3BotoStorage, PrivateEncryptedS3BotoStorage])
def test_cluster_storage_is_written_down_by_its_class_and_without_secrets(
    storage_class: Any,
) -> None:
    with override_settings(**S3):
        storage = storage_class()
        path = f"{HOME}.storage.s3boto3.{storage_class.__name__}"
        assert storage.deconstruct() == (path, (), {})
        again = pickle.loads(pickle.dumps(storage))
        assert (type(again), again.alias) == (storage_class, storage.alias)
        assert "S3CR3T" not in repr(storage) + repr(storage.locate())


def test_entry_of_storages_lays_its_options_over_the_settings() -> None:
    entry = {
        "BACKEND": f"{HOME}.storage.minio.PrivateMinioStorage",
        "OPTIONS": {"bucket": "of-the-entry", "url_expiry": 60},
    }
    with override_settings(**MINIO, STORAGES={"staticfiles": STATIC, "mine": entry}):
        storage: Any = storages["mine"]
        assert storage.alias == "mine"
        assert storage.locate().route.bucket == "of-the-entry"
        assert options("mine").url_expiry == 60
        assert storage.deconstruct() == ("tenant_minio.storage.from_alias", ("mine",), {})


@pytest.mark.parametrize(
    ("storage_class", "given", "through"),
    [
        (PrivateMinioStorage, MINIO, {"PRIVATE_STORAGE_MINO_REVERSE_PROXY": True}),
        (PrivateS3BotoStorage, S3, {"PRIVATE_STORAGE_S3_REVERSE_PROXY": True}),
        (PrivateS3BotoStorage, S3, {"AWS_PRIVATE_QUERYSTRING_AUTH": False}),
    ],
)
def test_url_is_signed_or_leads_to_the_view(
    storage_class: Any, given: dict[str, Any], through: dict[str, Any]
) -> None:
    with override_settings(**given, ROOT_URLCONF="tests.compat.private_example_urls"):
        assert "X-Amz-Signature" in storage_class().url("a b.txt")
        with override_settings(**through):
            assert storage_class().url("a b.txt") == "/files/a%20b.txt"


# Servers and views


def test_servers_go_by_their_names() -> None:
    assert get_server_class("django") is DjangoServer
    assert get_server_class("streaming") is DjangoStreamingServer
    assert get_server_class("apache") is ApacheXSendfileServer
    assert get_server_class("nginx") is NginxXAccelRedirectServer
    assert get_server_class(f"{HOME}.servers.DjangoServer") is DjangoServer
    for wrong in ("lighttpd", "no.such.Server"):
        with pytest.raises(InvalidBackendError, match="PRIVATE_STORAGE_SERVER"):
            get_server_class(wrong)


@pytest.mark.parametrize(
    ("settings", "header"),
    [
        ({}, "/private-x-accel-redirect/docs/%C3%A4%20b.txt"),
        ({"PRIVATE_STORAGE_INTERNAL_URL": "/inside"}, "/inside/docs/%C3%A4%20b.txt"),
        ({"PRIVATE_STORAGE_NGINX_VERSION": "1.22.1"}, "/private-x-accel-redirect/docs/%C3%A4%20b"),
    ],
)
def test_nginx_server_names_the_internal_location(
    tmp_path: Path, settings: dict[str, str], header: str
) -> None:
    storage = PrivateFileSystemStorage(tmp_path)
    name = storage.save("docs/ä b.txt", ContentFile(b"x"))
    with override_settings(**settings):
        answer = NginxXAccelRedirectServer.serve(PrivateFile(asking(), storage, name))
    assert answer["X-Accel-Redirect"].startswith(header)


def test_old_nginx_gets_the_name_as_it_is(tmp_path: Path) -> None:
    storage = PrivateFileSystemStorage(tmp_path)
    name = storage.save("a b.txt", ContentFile(b"x"))
    with override_settings(PRIVATE_STORAGE_NGINX_VERSION="1.4.6"):
        answer = NginxXAccelRedirectServer.serve(PrivateFile(asking(), storage, name))
    assert answer["X-Accel-Redirect"] == "/private-x-accel-redirect/a b.txt"


def test_apache_server_names_the_path(tmp_path: Path) -> None:
    storage = PrivateFileSystemStorage(tmp_path)
    name = storage.save("a.txt", ContentFile(b"x"))
    answer = ApacheXSendfileServer.serve(PrivateFile(asking(), storage, name))
    assert answer["X-Sendfile"] == f"{tmp_path}/a.txt"


class OwnServer:
    @staticmethod
    @add_no_cache_headers
    def serve(_private_file: Any) -> HttpResponse:
        return HttpResponse("own")


def test_server_of_a_project_is_used_as_it_was(tmp_path: Path) -> None:
    storage = PrivateFileSystemStorage(tmp_path)
    for server in (OwnServer, f"{__name__}.OwnServer"):
        view = PrivateStorageView.as_view(storage=storage, server_class=server)
        answer = view(asking(), path="a.txt")
        assert answer.content == b"own"
        assert answer["Cache-Control"].startswith("max-age=0, no-cache")
        assert answer["Expires"].endswith("1970 00:00:00 GMT")


def test_view_follows_the_rule_of_the_settings(tmp_path: Path) -> None:
    storage = PrivateFileSystemStorage(tmp_path)
    storage.save("a.txt", ContentFile(b"x"))
    view = PrivateStorageView.as_view(storage=storage)
    answer = view(asking(ROOT), path="a.txt")
    assert "Content-Disposition" not in answer
    answer.close()
    assert view(asking(MEMBER), path="a.txt").status_code == 404
    with override_settings(PRIVATE_STORAGE_AUTH_FUNCTION=f"{HOME}.permissions.allow_authenticated"):
        view(asking(MEMBER), path="a.txt").close()
        assert view(asking(STRANGER), path="a.txt").status_code == 404


async def waits(_private_file: Any) -> bool:
    return False


def test_coroutine_rule_of_the_settings_lets_nobody_in(tmp_path: Path) -> None:
    storage = PrivateFileSystemStorage(tmp_path)
    storage.save("a.txt", ContentFile(b"x"))
    with (
        override_settings(PRIVATE_STORAGE_AUTH_FUNCTION=f"{__name__}.waits"),
        pytest.raises(InvalidBackendError, match="coroutine"),
    ):
        PrivateStorageView.as_view(storage=storage)(asking(ROOT), path="a.txt")


def test_rule_may_be_asked_for_by_the_class_and_set_on_it(tmp_path: Path) -> None:
    storage = PrivateFileSystemStorage(tmp_path)
    name = storage.save("a.txt", ContentFile(b"x"))
    assert PrivateStorageView.can_access_file(PrivateFile(asking(ROOT), storage, name))

    class Own(PrivateStorageDetailView):
        can_access_file = staticmethod(allow_authenticated)

        def get_object(self, queryset: Any = None) -> Any:
            return SimpleNamespace(file=SimpleNamespace(name=name, storage=storage))

    Own.as_view()(asking(MEMBER)).close()
    assert Own.as_view()(asking(STRANGER)).status_code == 404


def test_view_of_a_project_has_the_row_and_the_server_as_it_had_them(tmp_path: Path) -> None:
    storage = PrivateFileSystemStorage(tmp_path)
    name = storage.save("thumb.txt", ContentFile(b"thumb"))

    class Thumb(PrivateStorageDetailView):
        can_access_file = staticmethod(allow_authenticated)

        def get_object(self, queryset: Any = None) -> Any:
            if self.kwargs["pk"] != 1:
                raise Http404("No Document found")
            return SimpleNamespace(thumb=SimpleNamespace(name=name))

        def get_private_file(self) -> PrivateFile:
            return PrivateFile(self.request, storage, self.object.thumb.name, self.object)

        def serve_file(self, private_file: PrivateFile) -> Any:
            return self.server_class().serve(private_file)

    answer: Any = Thumb.as_view()(asking(MEMBER), pk=1)
    assert b"".join(answer) == b"thumb"
    answer.close()
    assert Thumb.as_view()(asking(MEMBER), pk=2).status_code == 404
    assert PrivateStorageView.server_class is DjangoServer
    with override_settings(PRIVATE_STORAGE_SERVER=f"{__name__}.OwnServer"):
        assert Thumb.as_view()(asking(MEMBER), pk=1).content == b"own"
    own = Thumb.as_view(server_class=OwnServer)
    assert own(asking(MEMBER), pk=1).content == b"own"


def test_field_with_a_largest_size_of_0_takes_files_of_any_size() -> None:
    for kind in (PrivateFileField, PrivateImageField):
        field = kind(max_file_size=0)
        assert field.max_file_size is None
    PrivateFileField(max_file_size=0).check_upload(ContentFile(b"x", "a.txt"))
    with pytest.raises(ValidationError):
        PrivateFileField(max_file_size=1).check_upload(ContentFile(b"xy", "a.txt"))


def test_settings_of_each_kind_are_those_of_the_example() -> None:
    """The example's settings are what a project has; none of them is unknown here."""
    server = SimpleNamespace(endpoint="h:1", access_key="k", secret_key="s")
    for given in (minio_settings(server, "bucket-a"), s3_settings(server, "bucket-a")):
        with override_settings(**given):
            assert registry.declared.problems == []

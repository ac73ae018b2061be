"""Each way a cluster can fail has its own error, and none of them looks like a missing file."""

import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from tenant_minio import use_tenant
from tenant_minio.exceptions import (
    BackendUnavailableError,
    InvalidBackendError,
    MissingBucketError,
    PermissionDeniedError,
    TenantMinioError,
    UnknownTenantError,
    WriteOutcomeUnknownError,
)
from tests.conftest import bucket_name, entry

Calls = dict[str, Callable[[], object]]


def calls(storage: Any) -> Calls:
    """Everything that asks the cluster for something."""
    return {
        "save": lambda: storage.save("f.txt", ContentFile(b"1")),
        "open": lambda: storage.open("f.txt"),
        "range": lambda: storage.open_range("f.txt"),
        "exists": lambda: storage.exists("f.txt"),
        "exists root": lambda: storage.exists(""),
        "size": lambda: storage.size("f.txt"),
        "modified": lambda: storage.get_modified_time("f.txt"),
        "listdir": lambda: storage.listdir(""),
        "delete": lambda: storage.delete("f.txt"),
    }


@pytest.fixture(params=["minio_server", "versitygw_server"])
def server(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(request.param)


@pytest.fixture
def refused() -> str:
    """An endpoint where nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"127.0.0.1:{listener.getsockname()[1]}"


@pytest.fixture
def hung() -> Iterator[str]:
    """An endpoint that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"127.0.0.1:{listener.getsockname()[1]}"


def assert_each_raises(storage: Any, error: type[Exception], told: str) -> None:
    for name, call in calls(storage).items():
        with pytest.raises(error, match=told) as caught:
            call()
        assert isinstance(caught.value, TenantMinioError), name
        assert not isinstance(caught.value, FileNotFoundError), name


def test_a_missing_bucket_is_not_a_missing_file(
    server: Any, use_storages: Callable[..., None]
) -> None:
    bucket = bucket_name()
    use_storages(plain=entry(server, bucket=bucket))
    storage = storages["plain"]
    asked = calls(storage)
    assert storage.exists("") is False
    del asked["exists root"]
    for call in asked.values():
        with pytest.raises(MissingBucketError, match=rf"plain:{bucket}.*initialize_buckets"):
            call()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"secret_key": "wrong-secret"}, "plain:"),
        ({"access_key": "nobody-knows-it"}, "plain:"),
    ],
)
def test_refused_credentials_are_permission_errors(
    server: Any,
    use_storages: Callable[..., None],
    new_bucket: Callable[[str], str],
    options: dict[str, str],
    told: str,
) -> None:
    use_storages(plain=entry(server))
    bucket = new_bucket("plain")
    use_storages(plain=entry(server), wrong=entry(server, bucket=bucket, **options))
    for call in calls(storages["wrong"]).values():
        with pytest.raises(PermissionDeniedError, match=f"wrong:{bucket}") as caught:
            call()
        for secret in (server.secret_key, "wrong-secret"):
            assert secret not in str(caught.value)


def test_a_stopped_server_is_unavailable(
    refused: str, minio_server: Any, use_storages: Callable[..., None]
) -> None:
    use_storages(plain=entry(minio_server, bucket="some-bucket", endpoint=refused))
    assert_each_raises(storages["plain"], BackendUnavailableError, "plain:some-bucket.*reached")
    with pytest.raises(BackendUnavailableError) as caught:
        storages["plain"].save("f.txt", ContentFile(b"1"))
    assert not isinstance(caught.value, WriteOutcomeUnknownError)


def test_a_hung_server_is_an_error_within_the_limit(
    hung: str, minio_server: Any, use_storages: Callable[..., None]
) -> None:
    limits = {"read_timeout": 0.2, "breaker_failures": 0}  # each is to wait
    options = {"bucket": "some-bucket", "endpoint": hung, **limits}
    use_storages(plain=entry(minio_server, **options))
    assert_each_raises(storages["plain"], BackendUnavailableError, "plain:some-bucket")
    with pytest.raises(WriteOutcomeUnknownError, match=r"f\.txt"):
        storages["plain"].save("f.txt", ContentFile(b"1"))


def test_signing_and_routing_need_no_server(
    refused: str, minio_server: Any, use_storages: Callable[..., None]
) -> None:
    use_storages(plain=entry(minio_server, bucket="some-bucket", endpoint=refused))
    assert refused in storages["plain"].url("f.txt")


@pytest.mark.parametrize(
    ("status", "kind", "body"),
    [
        (404, "text/html", b"<html>"),
        (404, "text/html", "caf\u00e9".encode("latin-1")),
        (409, "application/xml", b""),
        (418, "application/xml", b""),
        (400, "application/xml", b"<Error>"),
        (409, "application/xml", "caf\u00e9".encode("latin-1")),
    ],
)
def test_a_server_that_speaks_no_s3_is_an_error(
    minio_server: Any, use_storages: Callable[..., None], status: int, kind: str, body: bytes
) -> None:
    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_HEAD = do_PUT = do_DELETE = do_POST = do_GET

        def log_message(self, *_args: object) -> None:
            """Stay quiet."""

    page = HTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=page.serve_forever, daemon=True).start()
    try:
        endpoint = f"127.0.0.1:{page.server_port}"
        use_storages(plain=entry(minio_server, bucket="some-bucket", endpoint=endpoint))
        asked = calls(storages["plain"])
        asked.pop("exists root")
        for name, call in asked.items():
            with pytest.raises(TenantMinioError, match="plain:some-bucket") as caught:
                call()
            assert not isinstance(caught.value, FileNotFoundError), name
        assert not storages["plain"].is_minio_available()
    finally:
        page.shutdown()
        page.server_close()


def test_unknown_tenants_and_backends_say_what_to_do(use_storages: Callable[..., None]) -> None:
    memory = {"BACKEND": "tenant_minio.MemoryStorage"}
    routes = {"acme": {"backend": "eu", "bucket": "acme-files"}}
    use_storages(
        default={"BACKEND": "tenant_minio.RoutingStorage", "OPTIONS": {"routes": routes}},
        eu=memory,
    )
    with use_tenant("nobody"), pytest.raises(UnknownTenantError, match=r"default.*nobody.*routes"):
        storages["default"].save("f", ContentFile(b"1"))
    assert issubclass(UnknownTenantError, LookupError)
    routes = {"acme": {"backend": "uu", "bucket": "acme-files"}}
    use_storages(
        default={"BACKEND": "tenant_minio.RoutingStorage", "OPTIONS": {"routes": routes}},
        eu=memory,
    )
    with use_tenant("acme"), pytest.raises(InvalidBackendError, match=r"acme.*'uu'.*eu"):
        storages["default"].save("f", ContentFile(b"1"))
    assert issubclass(InvalidBackendError, ImproperlyConfigured)


def test_a_backend_without_bucket_is_no_storage(use_storages: Callable[..., None]) -> None:
    use_storages(eu={"BACKEND": "tenant_minio.MemoryStorage"})
    with pytest.raises(InvalidBackendError, match=r"'eu'.*bucket"):
        storages["eu"].exists("f")

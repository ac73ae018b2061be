"""What is to be encrypted is stored encrypted, or not at all."""

import base64
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import minio.sse
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from minio.error import S3Error

from tenant_minio import registry
from tenant_minio.backends.write_options import PART_SIZE
from tenant_minio.exceptions import (
    InvalidBackendError,
    TenantMinioError,
    UnexpectedResponseError,
    UnsupportedFeatureError,
)
from tenant_minio.testing.servers import start_minio
from tests.conftest import entry, raw_client

CERTIFICATE = Path(__file__).parent.parent / "data" / "localhost.pem"
KEY = secrets.token_bytes(32)
OTHER_KEY = base64.b64encode(secrets.token_bytes(32)).decode()
SIZES = [pytest.param(10, id="whole"), pytest.param(PART_SIZE + 1, id="parts")]
KMS = {"type": "KMS", "key_id": "tests", "context": {"tenant": "acme"}}
Make = Callable[..., Any]


@pytest.fixture(scope="module")
def encrypting_minio() -> Iterator[Any]:
    """MinIO with a key of its own to encrypt with, speaking TLS."""
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    settings = {"MINIO_KMS_SECRET_KEY": f"tests:{key}"}
    with start_minio(settings=settings, certificate=CERTIFICATE) as server:
        yield server


def opened(server: Any, use_storages: Any, new_bucket: Any, **options: Any) -> Any:
    use_storages(plain=entry(server))
    name = new_bucket("plain")
    use_storages(plain=entry(server, bucket=name, **options))
    return storages["plain"]


@pytest.fixture
def make(encrypting_minio: Any, use_storages: Any, new_bucket: Any) -> Make:
    """Make a plain storage on a cluster that encrypts."""
    return lambda **options: opened(encrypting_minio, use_storages, new_bucket, **options)


@pytest.fixture(autouse=True)
def _trust(monkeypatch: pytest.MonkeyPatch) -> None:
    """The judge, too, has to know the certificate."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))


def judged(storage: Any, name: str, **options: Any) -> Any:
    backend, route = storage.locate().backend, storage.locate().route
    client = raw_client(backend.options)
    return client.stat_object(bucket_name=route.bucket, object_name=name, **options)


def give_kms() -> minio.sse.Sse:
    return minio.sse.SseKMS("tests", {"tenant": "acme"})


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("sse", "kind"),
    [
        ({"type": "S3"}, "AES256"),
        (KMS, "aws:kms"),
        (minio.sse.SseS3(), "AES256"),
        (f"{__name__}.give_kms", "aws:kms"),
    ],
)
def test_the_server_encrypts_with_its_own_keys(make: Make, sse: Any, kind: str, size: int) -> None:
    storage = make(sse=sse)
    storage.save("f", ContentFile(b"x" * size))
    with storage.open("g", "wb") as file:
        file.write(b"y" * size)
    for name in ("f", "g"):
        assert storage.stat(name).encryption == kind
        assert judged(storage, name).metadata["x-amz-server-side-encryption"] == kind
    if kind == "aws:kms":
        assert "tests" in storage.stat("f").kms_key_id
    assert storage.open("f").read() == b"x" * size
    assert storage.listdir("") == ([], ["f", "g"])


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("key", [KEY, base64.b64encode(KEY).decode()], ids=["bytes", "base64"])
def test_a_customers_key_opens_what_it_closed(make: Make, key: Any, size: int) -> None:
    storage = make(sse={"type": "C", "key": key}, checksum="SHA256")
    data = secrets.token_bytes(size)
    assert storage.save("f", ContentFile(data)) == "f"
    assert storage.save("f", ContentFile(data)) != "f"
    assert storage.exists("f")
    assert storage.size("f") == size
    assert storage.stat("f").encryption == "SSE-C"
    with storage.open("f") as file:
        assert file.read() == data
        file.seek(size // 2)
        assert file.read() == data[size // 2 :]
    with storage.open("empty", "wb"):
        pass
    assert storage.open("empty").read() == b""
    assert not storage.exists("none")
    with pytest.raises(S3Error):
        judged(storage, "f")
    assert judged(storage, "f", ssec=minio.sse.SseCustomerKey(KEY)).size == size


def test_without_the_key_there_is_an_error_and_no_file(
    make: Make, encrypting_minio: Any, use_storages: Any
) -> None:
    storage = make(sse={"type": "C", "key": KEY})
    storage.save("f", ContentFile(b"secret"))
    bucket = storage.locate().route.bucket
    use_storages(plain=entry(encrypting_minio, bucket=bucket))
    with pytest.raises(UnexpectedResponseError):
        storages["plain"].exists("f")
    other = {"type": "C", "key": OTHER_KEY}
    use_storages(plain=entry(encrypting_minio, bucket=bucket, sse=other))
    with pytest.raises(TenantMinioError):
        storages["plain"].open("f")


def test_an_unknown_key_of_the_server_is_an_error(make: Make) -> None:
    storage = make(sse={**KMS, "key_id": "nobody"})
    with pytest.raises(UnexpectedResponseError, match="KeyNotFound"):
        storage.save("f", ContentFile(b"secret"))
    assert storage.listdir("") == ([], [])


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("sse", [{"type": "S3"}, KMS], ids=["S3", "KMS"])
@pytest.mark.parametrize("server", ["minio_server", "versitygw_server"])
def test_nothing_is_stored_where_the_server_does_not_encrypt(
    request: pytest.FixtureRequest,
    use_storages: Any,
    new_bucket: Any,
    server: str,
    sse: Any,
    size: int,
) -> None:
    """MinIO without a KMS refuses; VersityGW would store it in the clear, and say nothing."""
    storage = opened(request.getfixturevalue(server), use_storages, new_bucket, sse=sse)
    name = {"minio_server": "MinIO", "versitygw_server": "VERSITYGW"}[server]
    for _time in range(2):
        with pytest.raises(UnsupportedFeatureError, match=rf"SSE-{sse['type']}.*{name}"):
            storage.save("f", ContentFile(b"x" * size))
        with (
            pytest.raises(UnsupportedFeatureError, match=f"SSE-{sse['type']}"),
            storage.open("f", "wb") as file,
        ):
            file.write(b"x" * size)
    assert storage.listdir("") == ([], [])
    assert open_uploads(storage) == []


def open_uploads(storage: Any) -> list[str]:
    location = storage.locate()
    client = raw_client(location.backend.options)
    found = client._list_multipart_uploads(location.route.bucket, prefix="f")
    return [upload.object_name for upload in found.uploads]


def give_key() -> dict[str, Any]:
    """What the checks cannot see, since it is asked at use."""
    return {"type": "C", "key": KEY}


@pytest.mark.parametrize("server", ["minio_server", "versitygw_server"])
def test_a_customers_key_is_not_sent_in_clear_text(
    request: pytest.FixtureRequest, use_storages: Any, new_bucket: Any, server: str
) -> None:
    storage = opened(request.getfixturevalue(server), use_storages, new_bucket, sse=give_key)
    calls = [
        lambda: storage.save("f", ContentFile(b"x")),
        lambda: storage.open("f"),
        lambda: storage.exists("f"),
        lambda: storage.stat("f"),
    ]
    for call in calls:
        with pytest.raises(UnsupportedFeatureError, match="'secure'"):
            call()
    assert storage.listdir("") == ([], [])


def give_nonsense() -> dict[str, str]:
    return {"type": "C", "key": "TopSecret99"}


def test_no_error_and_no_repr_shows_a_key(make: Make) -> None:
    storage = make(sse=give_nonsense)
    with pytest.raises(InvalidBackendError, match="give_nonsense") as raised:
        storage.save("f", ContentFile(b"x"))
    assert "TopSecret99" not in str(raised.value)
    options = make(sse={"type": "C", "key": KEY}).write_options("plain")
    secret = base64.b64encode(KEY).decode()
    assert secret not in repr(options) + repr(options.encryption()) + repr(registry.declared)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("checksum", [None, "CRC32"])
@pytest.mark.parametrize(
    "sse", [{"type": "S3"}, KMS, {"type": "C", "key": KEY}], ids=["S3", "KMS", "C"]
)
def test_what_is_encrypted_is_verified_by_what_its_etag_or_checksum_says(
    make: Make, sse: Any, checksum: str | None, size: int
) -> None:
    """No ETag that is no digest is ever taken for one."""
    storage = make(sse=sse, checksum=checksum, verify_on_read=True)
    storage.save("f.bin", ContentFile(b"x" * size))
    assert storage.open("f.bin").read() == b"x" * size

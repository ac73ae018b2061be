"""Bytes that change on the way are noticed: by the server on a write, and where asked on a read."""

import ssl
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from tenant_minio import registry
from tenant_minio.backends.base import ByteRange, ObjectStat
from tenant_minio.backends.checksums import CHECKSUMS
from tenant_minio.backends.write_options import MIN_PART
from tenant_minio.exceptions import ChecksumMismatchError, ObjectChangedError
from tenant_minio.storage.verifying import Expected, expected
from tests.conftest import entry
from tests.faults import FaultyProxy

CERTIFICATE = Path(__file__).parent.parent / "data" / "localhost.pem"
MIB = 1024 * 1024
SMALL = b"a small file"
MIDDLE = b"m" * (2 * MIB)
LARGE = b"x" * (2 * MIN_PART) + b"y" * MIB  # three parts
PARTS = {"multipart_threshold": MIN_PART, "part_size": MIN_PART}


@pytest.fixture(params=["minio_server", "versitygw_server"])
def proxy(request: pytest.FixtureRequest) -> Iterator[FaultyProxy]:
    proxy = FaultyProxy(request.getfixturevalue(request.param).endpoint)
    proxy.server = request.getfixturevalue(request.param)
    yield proxy
    proxy.close()


Make = Callable[..., Any]


@pytest.fixture
def make(proxy: Any, use_storages: Callable[..., None], new_bucket: Callable[..., str]) -> Make:
    """A plain storage whose traffic goes through the proxy, with more options."""
    use_storages(plain=entry(proxy.server))
    bucket = new_bucket("plain")

    def make(**options: Any) -> Any:
        given = {"bucket": bucket, "endpoint": proxy.endpoint, "retries": 0, **PARTS, **options}
        use_storages(plain=entry(proxy.server, **given))
        return storages["plain"]

    return make


def is_get(head: str) -> bool:
    return head.startswith("GET")


def carries_data(head: str) -> bool:
    return head.startswith("PUT")


@pytest.mark.parametrize(
    ("content", "options"),
    [
        pytest.param(SMALL, {}, id="small"),
        pytest.param(LARGE, {}, id="parts"),
        pytest.param(LARGE, {"multipart": False}, id="whole"),
        pytest.param(SMALL, {"checksum": "CRC32"}, id="small-checksum"),
        pytest.param(LARGE, {"checksum": "CRC32"}, id="parts-checksum"),
    ],
)
@pytest.mark.parametrize("tls", [False, True], ids=["http", "tls"])
def test_what_changes_on_the_way_to_the_server_is_not_stored(
    make: Make, proxy: Any, content: bytes, options: dict[str, Any], tls: bool
) -> None:
    """Each request carries a digest of its body, without any option: here behind an ingress."""
    if tls:
        proxy.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        proxy.tls.load_cert_chain(CERTIFICATE)
        options = {**options, "secure": True, "ca_certs": str(CERTIFICATE)}
    storage = make(**options)
    storage.save("first", ContentFile(SMALL))  # with which the cluster proves the checksum
    proxy.fault = lambda head: "flip request" if carries_data(head) else None
    with pytest.raises(ChecksumMismatchError, match=r"plain:.*f\.bin.*Nothing was stored"):
        storage.save("f.bin", ContentFile(content))
    proxy.fault = lambda _head: None
    assert not storage.exists("f.bin")
    storage.save("f.bin", ContentFile(content))
    assert storage.open("f.bin").read() == content


@pytest.mark.parametrize(
    ("content", "checksum"),
    [
        pytest.param(SMALL, None, id="small"),
        pytest.param(MIDDLE, None, id="middle"),
        *(pytest.param(LARGE, kind, id=f"parts-{kind}") for kind in (None, *CHECKSUMS)),
    ],
)
def test_a_whole_read_is_verified(
    make: Make, proxy: Any, content: bytes, checksum: str | None
) -> None:
    storage = make(checksum=checksum, verify_on_read=True)
    storage.save("f.bin", ContentFile(content))
    with storage.open("f.bin") as file:
        assert file.read() == content
    proxy.fault = lambda head: "flip answer" if is_get(head) else None
    seen = 0

    def read_on() -> None:
        nonlocal seen
        while piece := file.read(100_000):
            seen += len(piece)

    with storage.open("f.bin") as file, pytest.raises(ChecksumMismatchError, match=r"f\.bin"):
        read_on()
    assert seen < len(content)
    with storage.open("f.bin") as file, pytest.raises(ChecksumMismatchError):
        file.read()


@pytest.mark.parametrize("content", [SMALL, LARGE], ids=["small", "large"])
def test_a_whole_download_is_verified_and_a_part_is_not(
    make: Make, proxy: Any, content: bytes
) -> None:
    storage = make(checksum="CRC32", verify_on_read=True)
    storage.save("f.bin", ContentFile(content))
    with storage.open_range("f.bin") as download:
        assert b"".join(iter(lambda: download.read(100_000), b"")) == content
    proxy.heads.clear()
    with storage.open_range("f.bin", ByteRange(1, None)) as part:
        assert b"".join(iter(lambda: part.read(100_000), b"")) == content[1:]
    assert len(proxy.heads) == 1
    proxy.fault = lambda head: "flip answer" if is_get(head) else None
    seen = 0

    def read_on() -> None:
        nonlocal seen
        while piece := download.read(100_000):
            seen += len(piece)

    with storage.open_range("f.bin") as download, pytest.raises(ChecksumMismatchError):
        read_on()
    # The last bytes are held back, so that nobody takes it for the whole.
    assert seen < len(content)


def test_nothing_is_verified_unless_asked_for(make: Make, proxy: Any) -> None:
    storage = make(checksum="CRC32")
    storage.save("f.bin", ContentFile(SMALL))
    proxy.fault = lambda head: "flip answer" if is_get(head) else None
    assert storage.open("f.bin").read() != SMALL


def test_what_is_read_in_pieces_and_again_is_verified_once_it_is_whole(
    make: Make, proxy: Any
) -> None:
    """Readers of images and archives jump about: a pass that leaves nothing out counts."""
    storage = make(checksum="CRC32", verify_on_read=True)
    storage.save("f.bin", ContentFile(MIDDLE))
    proxy.fault = lambda head: "flip answer" if is_get(head) and "-262143" not in head else None
    with storage.open("f.bin") as file:
        assert file.read(1000) == MIDDLE[:1000]
        file.seek(500)
        assert file.read(MIB) == MIDDLE[:MIB]
        file.seek(10)
        file.read(10)
        for start in (MIB, len(MIDDLE) - 10, 0):
            file.seek(start)
            with pytest.raises(ChecksumMismatchError):
                file.read()


def test_a_range_costs_no_question(make: Make, proxy: Any) -> None:
    storage = make(checksum="CRC32", verify_on_read=True)
    storage.save("f.bin", ContentFile(MIDDLE))
    proxy.heads.clear()
    with storage.open("f.bin") as file:
        file.seek(-100, 2)
        assert file.read() == MIDDLE[-100:]
    assert [head.split()[0] for head in proxy.heads] == ["GET", "GET"]


@pytest.mark.parametrize("content", [SMALL, LARGE], ids=["small", "large"])
def test_a_file_that_is_replaced_before_it_is_verified_is_an_error(
    make: Make, content: bytes
) -> None:
    storage = make(verify_on_read=True)
    storage.save("f.bin", ContentFile(content))
    with storage.open("f.bin") as file:
        storage._save("f.bin", ContentFile(content[:-1] + b"z"))
        with pytest.raises(ObjectChangedError):
            file.read()


def test_parts_of_any_size_are_verified(make: Make, proxy: Any) -> None:
    """Another tool's, for example: where a part ends is asked of the cluster."""
    storage = make(verify_on_read=True)
    location = storage.locate()
    parts = [b"a" * (5 * MIB), b"b" * (7 * MIB + 3), b"c"]
    upload = location.create_upload("f.bin", {})
    sent = [location.put_part("f.bin", upload, n, data) for n, data in enumerate(parts, 1)]
    location.complete_upload("f.bin", upload, sent, {})
    assert storage.open("f.bin").read() == b"".join(parts)
    proxy.fault = lambda head: "flip answer" if is_get(head) else None
    with pytest.raises(ChecksumMismatchError):
        storage.open("f.bin").read()


@pytest.mark.parametrize("kind", ["CRC32", "SHA1"])
@pytest.mark.parametrize("content", [SMALL, LARGE], ids=["small", "large"])
def test_memory_keeps_the_same_promise(
    use_storages: Callable[..., None], content: bytes, kind: str
) -> None:
    use_storages(
        plain={
            "BACKEND": "tenant_minio.MemoryStorage",
            "OPTIONS": {"bucket": "some-bucket", "verify_on_read": True, "checksum": kind, **PARTS},
        }
    )
    storage = storages["plain"]
    storage.save("f.bin", ContentFile(content))
    assert storage.open("f.bin").read() == content
    kept = registry["plain"]._buckets["some-bucket"].objects
    kept["f.bin"] = replace(kept["f.bin"], data=content[:-1] + b"!")
    with pytest.raises(ChecksumMismatchError):
        storage.open("f.bin").read()


STAT = ObjectStat(
    size=1,
    etag="0" * 32,
    modified=datetime(2026, 1, 1, tzinfo=UTC),
    content_type="text/plain",
    metadata={},
    headers={},
)


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, Expected("MD5", "0" * 32)),
        ({"etag": "0" * 32 + "-3"}, Expected("MD5", "0" * 32, 3)),
        ({"encryption": "AES256"}, Expected("MD5", "0" * 32)),
        ({"encryption": "AES256", "etag": "0" * 32 + "-3"}, None),
        ({"encryption": "aws:kms"}, None),
        ({"encryption": "SSE-C"}, None),
        ({"etag": "no-digest"}, None),
        ({"checksums": {"CRC32": "AAAA==-2", "SHA1": "BBBB"}}, Expected("SHA1", "BBBB")),
        (
            {"checksums": {"CRC32": "AAAA==-2"}, "encryption": "SSE-C"},
            Expected("CRC32", "AAAA==", 2),
        ),
    ],
)
def test_what_an_object_is_compared_with(changes: dict[str, Any], found: Expected | None) -> None:
    """An ETag is the MD5 of the bytes only where no key but the server's own encrypts them."""
    assert expected(replace(STAT, **changes)) == found


def test_what_cannot_be_verified_is_read_all_the_same(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stands in for a server that does not tell where parts end."""
    storage = make(verify_on_read=True, checksum="SHA256")
    storage.save("f.bin", ContentFile(LARGE))
    monkeypatch.setattr(registry["plain"], "part_size", lambda *_args, **_kwargs: None)
    assert storage.open("f.bin").read() == LARGE

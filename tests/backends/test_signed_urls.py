"""Signed URLs: the same as minio-py's, taken by the servers, the same within their window."""

import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from hypothesis import given, settings
from hypothesis import strategies as st
from minio import Minio

from tenant_minio import registry, use_tenant
from tenant_minio.backends.options import BackendOptions
from tenant_minio.backends.s3 import S3Backend
from tenant_minio.backends.signer import RESPONSE_HEADERS, Address, Signer, signing_time
from tests.conftest import bucket_name, entry

TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1)
# Text of any kind, and what percent-encoding is known to get wrong.
KEYS = st.lists(
    TEXTS
    | st.sampled_from([" ", "+", "%", "%2F", "%25", "~", "ä", "日本", "&=#?", "/", "plain-1_a."])
).map("".join)

# With ports, the default ones too; those of AWS put the bucket into the host.
ENDPOINTS = ["host:9000", "host:80", "host:443", "files.example.com", "[::1]:9000"]
ENDPOINTS += ["s3.amazonaws.com", "s3.eu-west-1.amazonaws.com"]


@settings(deadline=None)  # no test is about time
@given(
    key=KEYS.filter(str.strip),
    method=st.sampled_from(["GET", "HEAD", "PUT", "DELETE"]),
    expires=st.integers(1, 604800),
    headers=st.dictionaries(st.sampled_from(sorted(RESPONSE_HEADERS)), KEYS),
    now=st.integers(0, 4_000_000_000),
    token=st.none() | st.text("abc/+=", min_size=1),
    endpoint=st.sampled_from(ENDPOINTS),
    secure=st.booleans(),
)
def test_urls_are_those_of_minio_py(
    key: str,
    method: str,
    expires: int,
    headers: dict[str, str],
    now: int,
    token: str | None,
    endpoint: str,
    secure: bool,
) -> None:
    keys = {"access_key": "AK/+=", "secret_key": "secret", "session_token": token}
    options = {**keys, "endpoint": endpoint, "secure": secure, "region": "eu-west-1"}
    expected = Minio(**options).get_presigned_url(
        method=method,
        bucket_name="bucket",
        object_name=key,
        expires=timedelta(seconds=expires),
        response_headers=dict(headers),
        request_date=datetime.fromtimestamp(now, UTC),
    )
    backend = S3Backend("eu", BackendOptions(**options, url_window=0))
    backend.urls.clock = lambda: now
    for _ in range(2):  # the second comes from the cache
        found = backend.presign(method, "bucket", key, expires, tuple(sorted(headers.items())))
        assert found == expected


def test_the_signing_key_follows_the_day() -> None:
    address = Address("http://h", "h", "/b/")

    def sign(signer: Signer, at: int) -> str:
        return signer.presign("GET", address, "k", at=at, expires=60)

    def new() -> Signer:
        return Signer(access_key="a", secret_key="s", session_token=None, region="r")

    kept = new()
    for at in (1_000_000_000, 1_000_086_400, 1_000_000_000):
        assert sign(kept, at) == sign(new(), at)


@settings(deadline=None)  # no test is about time
@given(
    now=st.floats(0, 4e9, allow_nan=False),
    expires=st.integers(1, 604800),
    window=st.integers(0, 10**6),
)
def test_three_quarters_of_the_life_are_left(now: float, expires: int, window: int) -> None:
    at = signing_time(now, expires, window)
    assert at <= now
    assert now - at < max(expires / 4, 1)


def test_urls_stay_the_same_within_their_window(use_storages: Callable[..., None]) -> None:
    options = {"endpoint": "s3.example.com", "access_key": "a", "secret_key": "s", "bucket": "bbb"}
    entries = {"plain": {"BACKEND": "tenant_minio.MinioStorage", "OPTIONS": options}}
    use_storages(**entries)
    now = [900_000.0]
    registry["plain"].urls.clock = lambda: now[0]
    first = storages["plain"].url("f.txt", expires=3600)
    now[0] += 899
    assert storages["plain"].url("f.txt", expires=3600) == first
    now[0] += 1
    assert storages["plain"].url("f.txt", expires=3600) != first
    use_storages(**entries)  # as another process would
    registry["plain"].urls.clock = lambda: 900_450.0
    assert storages["plain"].url("f.txt", expires=3600) == first


@pytest.fixture(params=["minio_server", "versitygw_server"])
def saved(
    request: pytest.FixtureRequest,
    use_storages: Callable[..., None],
    new_bucket: Callable[[str], str],
) -> Any:
    server = request.getfixturevalue(request.param)
    use_storages(plain=entry(server))
    bucket = new_bucket("plain")
    use_storages(plain=entry(server, bucket=bucket))
    return storages["plain"]


def get(url: str, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
    request = urllib.request.Request(url, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read()


@pytest.mark.parametrize("name", ["a b+c%~.txt", "ä/日本.txt", "q?&=#'().txt"])
def test_servers_take_the_urls(saved: Any, name: str) -> None:
    saved.save(name, ContentFile(b"content"))
    assert get(saved.url(name))[::2] == (200, b"content")
    assert get(saved.url(name, method="HEAD"), "HEAD")[0] == 200
    assert get(saved.url(name, method="HEAD"))[0] == 403


def test_response_headers_are_signed(saved: Any) -> None:
    saved.save("f.txt", ContentFile(b"content"))
    wish = {
        "response-content-disposition": 'attachment; filename="grün & blau.txt"'.encode(
            "ascii", "ignore"
        ).decode()
    }
    url = saved.url("f.txt", response_headers=wish)
    status, headers, _body = get(url)
    assert status == 200
    assert headers["Content-Disposition"] == wish["response-content-disposition"]
    assert get(url.replace("attachment", "inline"))[0] == 403


def test_a_signed_url_opens_nothing_else(saved: Any) -> None:
    saved.save("mine.txt", ContentFile(b"mine"))
    saved.save("other.txt", ContentFile(b"other"))
    url = saved.url("mine.txt")
    assert get(url)[0] == 200
    assert get(url.replace("mine.txt", "other.txt"))[0] == 403
    assert get(saved.url("other.txt", signed=False))[0] == 403
    assert get(url.replace("X-Amz-Expires=3600", "X-Amz-Expires=36000"))[0] == 403


def test_an_old_url_is_refused(saved: Any) -> None:
    saved.save("f.txt", ContentFile(b"content"))
    registry["plain"].urls.clock = lambda: datetime.now(UTC).timestamp() - 1000
    assert get(saved.url("f.txt", expires=600))[0] == 403


def test_external_endpoint_is_what_urls_name(use_storages: Callable[..., None]) -> None:
    options = {
        "endpoint": "10.0.0.1:9000",
        "secure": False,
        "external_endpoint": "files.example.com",
        "external_secure": True,
        "access_key": "a",
        "secret_key": "s",
        "bucket": "bbb",
    }
    use_storages(plain={"BACKEND": "tenant_minio.MinioStorage", "OPTIONS": options})
    assert storages["plain"].url("f").startswith("https://files.example.com/bbb/f?")
    assert storages["plain"].url("f", signed=False) == "https://files.example.com/bbb/f"


def test_urls_of_a_list_page_are_those_of_each_name(use_storages: Callable[..., None]) -> None:
    options = {"endpoint": "s3.example.com", "access_key": "a", "secret_key": "s"}
    use_storages(
        default={
            "BACKEND": "tenant_minio.RoutingStorage",
            "OPTIONS": {"backend": "eu", "bucket": "media", "prefix": "t/{tenant}/"},
        },
        eu={"BACKEND": "tenant_minio.MinioStorage", "OPTIONS": options},
    )
    registry["eu"].urls.clock = lambda: 900_000.0
    with use_tenant("acme"):
        urls = storages["default"].urls(["a", "b"])
        assert urls == [storages["default"].url("a"), storages["default"].url("b")]
    assert urlsplit(urls[0]).path == "/media/t/acme/a"
    assert parse_qs(urlsplit(urls[0]).query)["X-Amz-Expires"] == ["3600"]


def test_public_locations_have_plain_urls(
    minio_server: Any, use_storages: Callable[..., None]
) -> None:
    from tenant_minio.buckets import initialize, needs_of_storages

    use_storages(plain=entry(minio_server, bucket=bucket_name(), public=True, prefix="open/"))
    (outcome,) = initialize(list(needs_of_storages()))
    assert outcome.status == "created"
    storage = storages["plain"]
    storage.save("f.txt", ContentFile(b"content"))
    assert "?" not in storage.url("f.txt")
    assert get(storage.url("f.txt"))[::2] == (200, b"content")
    assert "X-Amz-Signature" in storage.url("f.txt", signed=True)
    root = storage.url("f.txt").removesuffix("open/f.txt")
    assert get(root)[0] == 403
    (again,) = initialize(list(needs_of_storages()))
    assert again.status == "ok"

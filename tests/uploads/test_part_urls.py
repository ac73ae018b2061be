"""The URL of a part reads nothing, whatever headers somebody adds: on MinIO and on VersityGW."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import urllib3
from django.core.files.base import ContentFile
from urllib3 import HTTPHeaderDict

from tenant_minio import registry, use_tenant
from tenant_minio.backends import part_urls
from tenant_minio.backends.base import Part
from tenant_minio.backends.connection import Connection
from tenant_minio.backends.s3_uploads import S3Uploads
from tenant_minio.exceptions import BackendUnavailableError, UnsupportedFeatureError
from tests.uploads.browser import Browser
from tests.uploads.conftest import Place
from tests.uploads.sending import put, send_form

SOURCE = "x-amz-copy-source"
SECRET, SENT = b"SECRET", b"hello!"
ADDED = {
    "x-amz-tagging": "a=b",
    "x-amz-acl": "public-read",
    "x-amz-grant-read": 'uri="http://acs.amazonaws.com/groups/global/AllUsers"',
    "x-amz-storage-class": "REDUCED_REDUNDANCY",
    "x-amz-server-side-encryption": "AES256",
    "x-amz-server-side-encryption-customer-algorithm": "AES256",
    "x-amz-meta-a": "b",
    "x-amz-website-redirect-location": "https://evil.example/",
    "x-amz-object-lock-mode": "GOVERNANCE",
    "x-amz-object-lock-legal-hold": "ON",
    "x-amz-snowball-extract": "true",
    "x-amz-rename-source": "/bucket/secret",
    "x-http-method-override": "DELETE",
}


def attacks(url: str, source: str) -> list[tuple[str, HTTPHeaderDict]]:
    """URLs and headers, of which none may make a copy."""
    whole = HTTPHeaderDict({SOURCE: source, "x-amz-copy-source-range": "bytes=0-5"})
    tried = [(url, HTTPHeaderDict({SOURCE: one})) for one in (source, source[1:], "none", "")]
    tried += [(url, whole), (url, HTTPHeaderDict([(SOURCE, "none"), (SOURCE, source)]))]
    tried += [(url, HTTPHeaderDict([(SOURCE, source), (SOURCE, "none")]))]
    for bent in (f"{url}&{SOURCE}={source}", url.replace(f"{SOURCE}=none", f"{SOURCE}={source}")):
        tried += [(bent, HTTPHeaderDict()), (bent, HTTPHeaderDict({SOURCE: source}))]
    return tried


def send(url: str, headers: HTTPHeaderDict) -> int:
    return urllib3.request("PUT", url, body=SENT, headers=headers, retries=False).status


def test_url_of_a_part_copies_nothing(served: Place, new_bucket: Callable[[str], str]) -> None:
    backend, bucket, elsewhere = served.backend, served.bucket, new_bucket("plain")
    for one in (bucket, elsewhere):
        backend.put(one, "secret", SECRET, {})
    upload = backend.create_upload(bucket, "a", {})
    url = backend.presign_part(bucket, "a", upload, 1, size=len(SENT), expires=600)
    for source in (f"/{bucket}/secret", f"/{elsewhere}/secret", f"/{bucket}/missing"):
        for bent, headers in attacks(url, source):
            status = send(bent, headers)
            # The URL as it is, without a source, may be good for the part.
            unchanged = bent == url and not headers.get(SOURCE)
            assert status in {400, 403} or unchanged, (bent, headers)
    assert put(url, SENT)[0] == 200
    (part,) = backend.arrived_parts(bucket, "a", upload)
    backend.complete_upload(bucket, "a", upload, [Part(part.etag)], {})
    assert served.read("a") == SENT


@pytest.mark.parametrize("name", ADDED)
def test_headers_that_nobody_signed_change_no_part(served: Place, name: str) -> None:
    backend, bucket = served.backend, served.bucket
    upload = backend.create_upload(bucket, "a", {"content-type": "text/plain"})
    url = backend.presign_part(bucket, "a", upload, 1, size=len(SENT), expires=600)
    assert put(url, SENT, **{name: ADDED[name]})[0] in {200, 400, 403}
    assert put(url, SENT)[0] == 200
    (part,) = backend.arrived_parts(bucket, "a", upload)
    backend.complete_upload(bucket, "a", upload, [Part(part.etag)], {})
    require_plain(served)


def require_plain(served: Place) -> None:
    """What was sent is what is there, and nothing came with it."""
    assert served.read("a") == SENT
    stat = served.backend.stat(served.bucket, "a")
    assert (stat.content_type, stat.metadata) == ("text/plain", {})
    answer = served.backend.connection.request("HEAD", served.bucket, "a")
    told = {name.lower(): value for name, value in answer.headers.items()}
    assert told.get("x-amz-storage-class", "STANDARD") == "STANDARD"
    assert not {"x-amz-tagging-count", "x-amz-server-side-encryption"} & set(told)
    assert not [one for one in told if "object-lock" in one or "redirect" in one]
    assert (
        urllib3.request("GET", served.backend.plain_url(served.bucket, "a", public=False)).status
        == 403
    )


@pytest.mark.parametrize("name", [*ADDED, SOURCE])
def test_headers_and_fields_that_nobody_signed_change_no_form(served: Place, name: str) -> None:
    backend, bucket = served.backend, served.bucket
    backend.put(bucket, "secret", SECRET, {})
    value = ADDED.get(name, f"/{bucket}/secret")
    form = served.form("a", size=len(SENT))
    assert send_form(form.url, form.fields, SENT, **{name: value}) in {400, 403}
    fields = [*form.fields.items(), ("file", ("any.bin", SENT))]
    body, kind = urllib3.encode_multipart_formdata(fields)
    headers = {"Content-Type": kind, name: value}
    status = urllib3.request("POST", form.url, body=body, headers=headers).status
    assert status in {204, 400, 403}
    assert send_form(form.url, form.fields, SENT) == 204
    require_plain(served)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("name", [*ADDED, SOURCE])
def test_headers_that_nobody_signed_change_no_url(served: Place, method: str, name: str) -> None:
    backend, bucket = served.backend, served.bucket
    backend.put(bucket, "a", SENT, {"content-type": "text/plain"})
    backend.put(bucket, "secret", SECRET, {})
    url = backend.presign(method, bucket, "a")
    headers = {name: ADDED.get(name, f"/{bucket}/secret")}
    answer = urllib3.request(method, url, headers=headers)
    assert answer.status in {400, 403} or answer.data == (SENT if method == "GET" else b"")
    for other in ("PUT", "POST", "DELETE"):
        assert urllib3.request(other, url, body=b"evil", headers=headers).status >= 400
    require_plain(served)


def steal(browser: Browser, source: str) -> None:
    """Try to upload a file whose only part is to be another object, and see that it is not."""
    begun = browser.begin(size=len(SENT))
    status, answer = browser.ask("parts", token=begun["token"], numbers=[1])
    assert status == 200, answer
    url = answer["urls"]["1"]
    for bent, headers in attacks(url, source) if url.startswith("http") else ():
        send(bent, headers)
    browser.send(begun, SENT)
    assert browser.claim(browser.finish(begun["token"])["value"]).read() == SENT


@pytest.mark.parametrize("tenant", ["acme", "acme2"])
def test_nobody_reads_a_file_by_uploading(
    browser: Browser, site: Any, in_parts: int, tenant: str
) -> None:
    """Another user's of the same tenant, or another tenant's."""
    with use_tenant(tenant):
        site.save("salaries.txt", ContentFile(SECRET))
        location = site.locate()
    steal(browser, f"/{location.route.bucket}/{location.key('salaries.txt')}")


@pytest.fixture
def unguarded(monkeypatch: pytest.MonkeyPatch) -> None:
    """No server understands a signed header without a source."""
    part_url = S3Uploads._part_url

    def bent(self: S3Uploads, *args: Any, guarded: bool, **options: int) -> str:
        url = part_url(self, *args, guarded=guarded, **options)
        return url.replace("X-Amz-Signature=", "X-Amz-Signature=0") if guarded else url

    monkeypatch.setattr(S3Uploads, "_part_url", bent)


def test_a_cluster_where_no_url_is_safe_takes_no_parts(
    minio: dict[str, Any],
    use_storages: Callable[..., None],
    new_bucket: Callable[[str], str],
    unguarded: None,
) -> None:
    use_storages(plain=minio)
    backend, bucket = registry["plain"], new_bucket("plain")
    for _attempt in range(2):
        with pytest.raises(UnsupportedFeatureError, match="FORM_MAX_SIZE"):
            backend.require_parts(bucket, "a", {})
        with pytest.raises(UnsupportedFeatureError, match=bucket):
            backend.presign_part(bucket, "a", "upload", 1, size=5, expires=600)
    require_nothing(backend, bucket)


def require_nothing(backend: Any, bucket: str) -> None:
    assert not [one for page in backend.walk(bucket, "") for one in page.objects]
    assert not [one for page in backend.open_uploads(bucket) for one in page.uploads]


def test_it_is_asked_once_and_leaves_nothing(
    served: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    served.backend.require_parts(served.bucket, "a", {})
    require_nothing(served.backend, served.bucket)
    sent: list[str] = []
    monkeypatch.setattr(Connection, "request", lambda *args, **_kwargs: sent.append(f"{args[1:]}"))
    served.backend.require_parts(served.bucket, "b", {})
    assert served.backend.presign_part(served.bucket, "b", "id", 1, size=5, expires=600)
    assert sent == []


def test_an_outage_proves_nothing(
    minio: dict[str, Any],
    use_storages: Callable[..., None],
    new_bucket: Callable[[str], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    use_storages(plain=minio)
    backend, bucket = registry["plain"], new_bucket("plain")
    with monkeypatch.context() as patch:
        patch.setattr(part_urls._Trial, "_put", down)
        with pytest.raises(BackendUnavailableError):
            backend.require_parts(bucket, "a", {})
    backend.require_parts(bucket, "a", {})
    require_nothing(backend, bucket)


def down(*_args: object) -> int:
    raise BackendUnavailableError("gone")

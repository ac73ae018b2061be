"""What is signed for browsers, and what clusters copy: on MinIO, on VersityGW and in memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tenant_minio import registry
from tenant_minio.backends import open_uploads
from tenant_minio.backends.base import NONE, Part
from tenant_minio.exceptions import (
    ObjectChangedError,
    ObjectNotFoundError,
    PermissionDeniedError,
    TenantMinioError,
)
from tests.uploads.conftest import KEY, Place
from tests.uploads.sending import put, send_form

MIN_PART = 5 * 1024 * 1024


@pytest.fixture
def place(plain: Any) -> Place:
    """Each kind of cluster."""
    return Place(plain)


@pytest.mark.parametrize("data", [b"hello", b""])
def test_form_stores_one_object(served: Place, data: bytes) -> None:
    form = served.form(size=len(data))
    assert send_form(form.url, form.fields, data) == 204
    info = served.backend.head(served.bucket, KEY)
    assert (info.size, info.content_type) == (len(data), "text/plain")
    assert served.read(KEY) == data


@pytest.mark.parametrize("data", [b"hello!", b"hell", b""])
def test_form_takes_no_other_size(served: Place, data: bytes) -> None:
    form = served.form()
    assert send_form(form.url, form.fields, data) == 400
    with pytest.raises(ObjectNotFoundError):
        served.backend.head(served.bucket, KEY)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("key", "t/other.txt"),
        ("key", f"{KEY}/../../other.txt"),
        ("key", f"{KEY}2"),
        ("Content-Type", "text/html"),
        ("x-amz-meta-a", "b"),
        ("acl", "public-read"),
        ("success_action_redirect", "https://evil.example/"),
    ],
)
def test_form_with_another_field_stores_nothing(served: Place, field: str, value: str) -> None:
    form = served.form()
    assert send_form(form.url, form.fields, b"hello", **{field: value}) == 403
    assert not [one for page in served.backend.walk(served.bucket, "") for one in page.objects]


def test_form_is_of_no_use_in_another_bucket(
    served: Place, new_bucket: Callable[[str], str]
) -> None:
    form, other = served.form(), new_bucket("plain")
    assert send_form(form.url.replace(served.bucket, other), form.fields, b"hello") == 403


def test_form_ends(served: Place) -> None:
    form = served.form(expires=-10)
    assert send_form(form.url, form.fields, b"hello") == 403


def test_form_and_url_of_a_part_name_the_external_endpoint(
    minio: dict[str, Any], use_storages: Callable[..., None], new_bucket: Callable[[str], str]
) -> None:
    """Whether these are safe is asked of the inner one."""
    use_storages(plain=minio)
    bucket = new_bucket("plain")
    outside = {"external_endpoint": "s3.example.com", "external_secure": True}
    use_storages(plain={**minio, "OPTIONS": {**minio["OPTIONS"], **outside}})
    backend = registry["plain"]
    form = backend.upload_form(bucket, "k", size=1, content_type="a/b", expires=9, headers=NONE)
    assert form.url == f"https://s3.example.com/{bucket}/"
    url = backend.presign_part(bucket, "k", "id", 1, size=1, expires=9)
    assert url.startswith(f"https://s3.example.com/{bucket}/k?")


def test_form_shows_its_signature_to_nobody_who_logs_it(minio: dict[str, Any]) -> None:
    from tenant_minio.backends.base_uploads import UploadForm

    assert "secret" not in repr(UploadForm("https://s3.example.com/b/", {"policy": "secret"}))


def test_parts_arrive_by_their_urls_and_become_an_object(served: Place) -> None:
    backend, bucket = served.backend, served.bucket
    upload = backend.create_upload(bucket, KEY, {"content-type": "text/plain"})
    assert backend.arrived_parts(bucket, KEY, upload) == ()
    parts = {1: b"a" * MIN_PART, 2: b"end"}
    for number, data in parts.items():
        url = backend.presign_part(bucket, KEY, upload, number, size=len(data), expires=600)
        assert put(url, data)[0] == 200
    arrived = backend.arrived_parts(bucket, KEY, upload)
    assert [(one.number, one.size) for one in arrived] == [(1, MIN_PART), (2, 3)]
    named = [Part(one.etag) for one in arrived]
    backend.complete_upload(bucket, KEY, upload, named, {"If-None-Match": "*"})
    assert served.read(KEY) == b"".join(parts.values())


@pytest.mark.parametrize("data", [b"hello!", b"hell", b""])
def test_part_of_another_size_is_refused(served: Place, data: bytes) -> None:
    backend, bucket = served.backend, served.bucket
    upload = backend.create_upload(bucket, KEY, {})
    url = backend.presign_part(bucket, KEY, upload, 1, size=5, expires=600)
    assert put(url, data)[0] == 403
    assert backend.arrived_parts(bucket, KEY, upload) == ()
    assert put(url, b"hello")[0] == 200


def test_part_that_is_being_replaced_has_not_arrived(
    served: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MinIO tells of it with an empty ETag and without bytes, of the year 1."""
    backend, bucket = served.backend, served.bucket
    upload = backend.create_upload(bucket, KEY, {})
    for number in (1, 2):
        backend.put_part(bucket, KEY, upload, number, b"1")
    read = open_uploads.root_of

    def root_of(data: bytes, *names: str) -> Any:
        root = read(data, *names)
        for one in root.iterfind("{*}Part"):
            if one.findtext("{*}PartNumber") == "1":
                told = {"ETag": '""', "Size": "0", "LastModified": "0001-01-01T00:00:00Z"}
                for name, value in told.items():
                    one.find(f"{{*}}{name}").text = value
        return root

    monkeypatch.setattr(open_uploads, "root_of", root_of)
    assert [one.number for one in backend.arrived_parts(bucket, KEY, upload)] == [2]
    backend.abort_upload(bucket, KEY, upload)


def test_url_of_a_part_is_good_for_nothing_else(served: Place) -> None:
    backend, bucket = served.backend, served.bucket
    upload = backend.create_upload(bucket, "a", {})
    other = backend.create_upload(bucket, "b", {})
    url = backend.presign_part(bucket, "a", upload, 1, size=5, expires=600)
    assert "?" in url
    bent = [
        url.replace("partNumber=1", "partNumber=2"),
        url.replace(upload, other),
        url.replace(f"/{bucket}/a?", f"/{bucket}/b?"),
        url.replace(f"/{bucket}/a?", f"/{bucket}/b?").replace(upload, other),
        url.replace("X-Amz-SignedHeaders=content-length%3Bhost", "X-Amz-SignedHeaders=host"),
        url.replace("X-Amz-Expires=600", "X-Amz-Expires=6000"),
        url.partition("?")[0],
    ]
    for one in bent:
        assert one != url
        assert put(one, b"hello")[0] == 403
    ended = backend.presign_part(bucket, "a", upload, 1, size=5, expires=-10)
    assert put(ended, b"hello")[0] in {400, 403}
    for key, open_upload in (("a", upload), ("b", other)):
        assert backend.arrived_parts(bucket, key, open_upload) == ()


def test_parts_of_an_upload_are_told_by_its_own_key_only(place: Place) -> None:
    backend, bucket = place.backend, place.bucket
    upload = backend.create_upload(bucket, "a", {})
    backend.put_part(bucket, "a", upload, 1, b"1")
    with pytest.raises(ObjectNotFoundError, match="ended"):
        backend.arrived_parts(bucket, "b", upload)
    with pytest.raises(TenantMinioError):
        backend.put_part(bucket, "b", upload, 2, b"1")
    assert [one.number for one in backend.arrived_parts(bucket, "a", upload)] == [1]


@pytest.mark.parametrize("data", [b"hello", b""])
def test_copy_is_the_same_with_headers_of_its_own(place: Place, data: bytes) -> None:
    etag = place.put(KEY, data)
    place.backend.copy(place.bucket, KEY, "copy", etag=etag, headers={"content-type": "a/b"})
    assert place.read("copy") == data
    stat = place.backend.stat(place.bucket, "copy")
    assert (stat.content_type, stat.metadata) == ("a/b", {})


def test_copy_of_what_was_replaced_is_refused(place: Place) -> None:
    etag = place.put(KEY, b"clean")
    place.put(KEY, b"evil!")
    with pytest.raises(ObjectChangedError, match="replaced"):
        place.backend.copy(place.bucket, KEY, "copy", etag=etag, headers=NONE)
    with pytest.raises(ObjectNotFoundError):
        place.backend.head(place.bucket, "copy")


def test_copy_of_nothing_says_so(place: Place) -> None:
    with pytest.raises(ObjectNotFoundError):
        place.backend.copy(place.bucket, KEY, "copy", etag="0" * 32, headers=NONE)


@pytest.mark.parametrize("data", [b"hello", b""])
def test_part_is_copied_whole(place: Place, data: bytes) -> None:
    backend, bucket = place.backend, place.bucket
    etag = place.put(KEY, data)
    upload = backend.create_upload(bucket, "copy", {"content-type": "a/b"})
    part = Part(backend.copy_part(bucket, KEY, "copy", upload, 1, etag=etag, extent=None))
    backend.complete_upload(bucket, "copy", upload, [part], {"If-None-Match": "*"})
    assert place.read("copy") == data
    assert backend.head(bucket, "copy").content_type == "a/b"


def test_object_is_copied_part_by_part(place: Place) -> None:
    backend, bucket = place.backend, place.bucket
    data = b"a" * MIN_PART + b"end"
    etag = place.put(KEY, data)
    upload = backend.create_upload(bucket, "copy", {})
    extents = [(0, MIN_PART - 1), (MIN_PART, MIN_PART + 2)]
    parts = [
        Part(backend.copy_part(bucket, KEY, "copy", upload, number, etag=etag, extent=extent))
        for number, extent in enumerate(extents, 1)
    ]
    backend.complete_upload(bucket, "copy", upload, parts, {})
    assert place.read("copy") == data


def test_part_of_what_was_replaced_is_refused(place: Place) -> None:
    backend, bucket = place.backend, place.bucket
    etag = place.put(KEY, b"clean")
    upload = backend.create_upload(bucket, "copy", {})
    place.put(KEY, b"evil!")
    for extent in (None, (0, 2)):
        with pytest.raises(ObjectChangedError, match="replaced"):
            backend.copy_part(bucket, KEY, "copy", upload, 1, etag=etag, extent=extent)
    assert backend.arrived_parts(bucket, "copy", upload) == ()


def test_copy_with_a_refused_key_is_denied(served: Place, use_storages: Any) -> None:
    etag = served.put(KEY, b"hello")
    options = served.backend.options
    wrong = {
        "endpoint": options.endpoint,
        "secure": options.secure,
        "access_key": options.access_key,
        "secret_key": "not the secret",
    }
    use_storages(wrong={"BACKEND": "tenant_minio.MinioStorage", "OPTIONS": wrong})
    with pytest.raises(PermissionDeniedError):
        registry["wrong"].copy(served.bucket, KEY, "copy", etag=etag, headers=NONE)


def test_memory_gives_forms_and_urls_that_lead_nowhere(
    use_storages: Callable[..., None],
) -> None:
    use_storages(eu={"BACKEND": "tenant_minio.MemoryStorage", "OPTIONS": {}})
    backend = registry["eu"]
    form = backend.upload_form("b", "k", size=1, content_type="a/b", expires=9, headers=NONE)
    assert (form.url, form.fields["key"]) == ("memory://eu/b/", "k")
    url = backend.presign_part("b", "k", "id", 1, size=1, expires=9)
    assert url.startswith("memory://eu/b/k?")

"""Uploads among the rest: model fields, ASGI, events, faults, keys for tenants, encryption."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.storage import storages
from django.forms import ImageField
from PIL import Image

from tenant_minio import use_tenant
from tenant_minio.events import Event
from tenant_minio.exceptions import (
    BackendUnavailableError,
    TenantMismatchError,
    UnsupportedFeatureError,
    UploadRefusedError,
)
from tenant_minio.storage.saver import Mark
from tenant_minio.testing.servers import start_minio
from tenant_minio.uploads.targets import Target, read, sign
from tests.conftest import entry
from tests.credentials.conftest import Users, own_key
from tests.faults import FaultyProxy
from tests.project.docs.models import Document, OwnedDocument, SharedDocument
from tests.tenants.clients import HostClient
from tests.uploads.browser import Browser
from tests.uploads.conftest import MIDDLEWARE, keys
from tests.uploads.test_api import staged

CERTIFICATE = Path(__file__).parent.parent / "data" / "localhost.pem"


# Model fields


@pytest.mark.parametrize("model", [Document, OwnedDocument])
def test_field_saves_it_under_the_name_of_its_own_choice(
    browser: Browser, site: Any, model: Any
) -> None:
    field = model._meta.get_field("file")
    browser.target = Target.of_field(field)
    assert browser.target.name == f"docs.{model.__name__}.file"
    assert read(sign(browser.target)) == browser.target
    with use_tenant("acme"):
        row = model(file=browser.claim(browser.upload(b"hello", "my plan.pdf")["value"]))
        file = field.pre_save(row, add=True)
        assert file.name == "docs/my_plan.pdf"
        assert file.read() == b"hello"
        file.close()
        assert keys(site) == ["docs/my_plan.pdf"]


def test_field_of_a_shared_table_saves_for_the_tenant_of_its_row_alone(
    browser: Browser, site: Any
) -> None:
    field = SharedDocument._meta.get_field("file")
    browser.target = Target.of_field(field)
    file = browser.claim(browser.upload(b"hello")["value"])
    with pytest.raises(TenantMismatchError):
        field.pre_save(SharedDocument(account_id="acme2", file=file), add=True)
    assert field.pre_save(SharedDocument(account_id="acme", file=file), add=True).name


def test_options_of_a_field_are_those_of_its_target(site: Any) -> None:
    field = Document._meta.get_field("file")
    field.max_file_size, field.content_types = 5, ["text/plain"]
    try:
        target = Target.of_field(field)
        assert (target.max_file_size, target.content_types) == (5, ("text/plain",))
        assert Target.of_field(field, max_file_size=9).max_file_size == 9
    finally:
        del field.max_file_size, field.content_types


def test_image_is_read_by_a_form_field(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "logo.png"
    Image.new("RGB", (3, 2)).save(path)
    file = browser.claim(browser.upload(path.read_bytes(), "logo.png")["value"])
    assert ImageField().clean(file).image.size == (3, 2)
    file.close()
    wrong = browser.claim(browser.upload(b"no image", "logo.png")["value"])
    with pytest.raises(ValidationError):
        ImageField().clean(wrong)
    wrong.close()


# ASGI


async def test_views_answer_under_asgi(browser: Browser) -> None:
    client = HostClient("acme.localhost")

    async def ask(step: str, **data: Any) -> Any:
        answer = await client.post(
            f"/uploads/{step}/",
            data=json.dumps(data),
            content_type="application/json",
            headers={"X-User": "ann"},
        )
        return answer.json()

    begun = await ask("begin", target=sign(browser.target), name="a.txt", size=5)
    browser.send(begun, b"hello")
    done = await ask("finish", token=begun["token"])
    assert (done["name"], done["size"], done["type"]) == ("a.txt", 5, "text/plain")
    assert await ask("cancel", token=begun["token"]) == {}
    assert (await ask("finish", token="x"))["error"]["code"] == "not_permitted"


# Events


def test_begin_and_finish_and_refusals_are_events(
    browser: Browser, override: Callable[..., None]
) -> None:
    seen: list[Event] = []
    override(TENANT_MINIO={**settings.TENANT_MINIO, "SUBSCRIBERS": [seen.append]})

    def told() -> list[tuple[str, str | None, str | None, str, int]]:
        found = [
            (str(one.operation), one.tenant, one.backend, str(one.outcome), one.bytes)
            for one in seen
            if one.operation.startswith("upload_")
        ]
        seen.clear()
        return found

    begun = browser.begin()
    browser.send(begun, b"hello")
    browser.finish(begun["token"])
    assert told() == [
        ("upload_begin", "acme", "eu", "ok", 0),
        ("upload_finish", "acme", "eu", "ok", 5),
    ]
    browser.ask("begin", target=sign(browser.target), name="a.txt", size=6 * 1024**4)
    browser.ask("begin", target="nonsense", name="a.txt", size=1)
    Browser(browser.target, user="bob").ask("finish", token=begun["token"])
    assert told() == [
        ("upload_begin", "acme", "eu", "refused", 0),
        ("upload_begin", None, None, "refused", 0),
        ("upload_finish", None, None, "refused", 0),
    ]


# Faults


@pytest.fixture(params=["minio_server", "versitygw_server"])
def proxied(
    request: pytest.FixtureRequest,
    override: Callable[..., None],
    uploads: Callable[..., None],
    use_storages: Callable[..., None],
    new_bucket: Callable[[str], str],
) -> Iterator[FaultyProxy]:
    """A plain storage whose requests, but not its browsers', pass a proxy."""
    server = request.getfixturevalue(request.param)
    proxy = FaultyProxy(server.endpoint)
    use_storages(plain=entry(server))
    name = new_bucket("plain")
    options = {"endpoint": proxy.endpoint, "external_endpoint": server.endpoint, "retries": 0}
    use_storages(plain=entry(server, bucket=name, external_secure=False, **options))
    override(
        ROOT_URLCONF="tests.uploads.urls",
        SESSION_ENGINE="django.contrib.sessions.backends.cache",
        MIDDLEWARE=MIDDLEWARE,
    )
    uploads()
    yield proxy
    proxy.close()


def once(fate: str, is_meant: Callable[[str], bool]) -> Callable[[str], str | None]:
    """One request that is meant meets a fate."""
    left = [fate]
    return lambda head: left.pop() if left and is_meant(head) else None


WAYS = {
    "copy": (0, lambda head: "x-amz-copy-source" in head.lower()),
    "completion": (1, lambda head: head.startswith("POST") and "uploadId=" in head),
}


@pytest.mark.parametrize("fate", ["lose answer", "lose request"])
@pytest.mark.parametrize("way", WAYS)
def test_finish_is_asked_again_after_a_fault(
    proxied: FaultyProxy, uploads: Callable[..., None], way: str, fate: str
) -> None:
    by_parts, is_meant = WAYS[way]
    uploads(FORM_MAX_SIZE=0 if by_parts else 100)
    browser = Browser(Target.of_storage("plain"))
    begun = browser.begin()
    browser.send(begun, b"hello")
    proxied.fault = once(fate, is_meant)
    assert browser.refusal("finish", token=begun["token"]) == "unavailable"
    file = browser.claim(browser.finish(begun["token"])["value"])
    assert storages["plain"].save("a.txt", file) == "a.txt"
    assert keys(storages["plain"]) == ["a.txt"]


@pytest.mark.parametrize("fate", ["lose answer", "lose request"])
@pytest.mark.parametrize("way", WAYS)
def test_save_settles_what_was_lost(proxied: FaultyProxy, way: str, fate: str) -> None:
    browser = Browser(Target.of_storage("plain"))
    file = browser.claim(browser.upload(b"hello")["value"])
    proxied.fault = once(fate, WAYS[way][1])
    assert storages["plain"].save("a.txt", file) == "a.txt"
    assert keys(storages["plain"]) == ["a.txt"]


def test_save_that_failed_can_be_made_again(proxied: FaultyProxy) -> None:
    browser = Browser(Target.of_storage("plain"))
    file = browser.claim(browser.upload(b"hello")["value"])
    proxied.fault = lambda head: "lose request" if "x-amz-copy-source" in head.lower() else None
    with pytest.raises(BackendUnavailableError):
        storages["plain"].save("a.txt", file)
    proxied.fault = lambda _head: None
    assert storages["plain"].save("a.txt", file) == "a.txt"
    assert keys(storages["plain"]) == ["a.txt"]


def test_save_in_an_outage_can_be_made_again(
    proxied: FaultyProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cluster goes away while it copies, so nobody can tell it that the save has failed."""
    browser = Browser(Target.of_storage("plain"))
    value = browser.upload(b"hello")["value"]
    gone: list[str] = []

    def fault(head: str) -> str | None:
        if "x-amz-copy-source" in head.lower():
            gone.append(head)
        return "lose request" if gone else None

    proxied.fault = fault
    with pytest.raises(BackendUnavailableError):
        storages["plain"].save("a.txt", browser.claim(value))
    proxied.fault = lambda _head: None
    with pytest.raises(UploadRefusedError) as caught:
        browser.claim(value)
    assert caught.value.code == "busy"
    monkeypatch.setattr(Mark, "is_alive", property(lambda self: self.number > 0))
    assert storages["plain"].save("a.txt", browser.claim(value)) == "a.txt"
    assert keys(storages["plain"]) == ["a.txt"]


# A key for each tenant


@pytest.fixture
def users(minio_server: Any) -> Iterator[Users]:
    made = Users(minio_server)
    yield made
    made.clear()


@pytest.mark.parametrize("signs", ["own", "tenant"])
@pytest.mark.parametrize("way", ["form", "parts"])
def test_keys_of_tenants_do_all_of_it(
    minio_server: Any,
    users: Users,
    new_bucket: Callable[[str], str],
    use_storages: Callable[..., None],
    override: Callable[..., None],
    uploads: Callable[..., None],
    signs: str,
    way: str,
) -> None:
    use_storages(root=entry(minio_server))
    bucket = new_bucket("root")
    given = entry(minio_server)
    own = own_key(users.add(bucket, f"{bucket}/*"))
    given["OPTIONS"] = {**given["OPTIONS"], **own, "credentials": "sts", "url_credentials": signs}
    given["OPTIONS"]["sts_duration"] = 4500
    route = {"backend": "eu", "bucket": bucket, "prefix": "t/{tenant}/"}
    use_storages(default={"BACKEND": "tenant_minio.RoutingStorage", "OPTIONS": route}, eu=given)
    override(
        ROOT_URLCONF="tests.uploads.urls",
        SESSION_ENGINE="django.contrib.sessions.backends.cache",
        MIDDLEWARE=MIDDLEWARE,
    )
    uploads(FORM_MAX_SIZE=100 if way == "form" else 0)
    browser = Browser(Target.of_storage("default"))
    begun = browser.begin()
    fields = begun.get("form", {}).get("fields", {})
    assert ("x-amz-security-token" in fields) == (signs == "tenant" and way == "form")
    browser.send(begun, b"hello")
    file = browser.claim(browser.finish(begun["token"])["value"])
    with use_tenant("acme"):
        assert storages["default"].save("a.txt", file) == "a.txt"
        assert storages["default"].open("a.txt").read() == b"hello"
    assert staged(browser) == []


# Encryption


@pytest.fixture(scope="module")
def encrypting_minio() -> Iterator[Any]:
    """MinIO with a key of its own to encrypt with, speaking TLS."""
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    with start_minio(
        settings={"MINIO_KMS_SECRET_KEY": f"tests:{key}"}, certificate=CERTIFICATE
    ) as server:
        yield server


@pytest.fixture
def encrypted(
    encrypting_minio: Any,
    use_storages: Callable[..., None],
    new_bucket: Callable[[str], str],
    override: Callable[..., None],
    uploads: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., Browser]:
    """A browser of a storage with options, on a cluster that encrypts."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    override(
        ROOT_URLCONF="tests.uploads.urls",
        SESSION_ENGINE="django.contrib.sessions.backends.cache",
        MIDDLEWARE=MIDDLEWARE,
    )
    uploads()

    def make(**options: Any) -> Browser:
        use_storages(plain=entry(encrypting_minio))
        name = new_bucket("plain")
        use_storages(plain=entry(encrypting_minio, bucket=name, **options))
        return Browser(Target.of_storage("plain"))

    return make


@pytest.mark.parametrize("way", ["form", "parts"])
@pytest.mark.parametrize(
    ("sse", "kind"),
    [
        ({"type": "S3"}, "AES256"),
        ({"type": "KMS", "key_id": "tests", "context": {"tenant": "acme"}}, "aws:kms"),
    ],
)
def test_what_is_staged_is_encrypted_as_files_are(
    encrypted: Callable[..., Browser], uploads: Callable[..., None], sse: Any, kind: str, way: str
) -> None:
    browser = encrypted(sse=sse)
    uploads(FORM_MAX_SIZE=100 if way == "form" else 0)
    begun = browser.begin()
    browser.send(begun, b"hello")
    place = browser.place()
    encryptions = {
        place.backend.stat(place.route.bucket, key).encryption for key in staged(browser)
    }
    assert encryptions <= {kind}
    file = browser.claim(browser.finish(begun["token"])["value"])
    assert {place.backend.stat(place.route.bucket, key).encryption for key in staged(browser)} == {
        kind
    }
    assert storages["plain"].save("a.txt", file) == "a.txt"
    assert storages["plain"].stat("a.txt").encryption == kind
    assert storages["plain"].open("a.txt").read() == b"hello"


def test_a_customers_key_is_given_to_no_browser(encrypted: Callable[..., Browser]) -> None:
    browser = encrypted(sse={"type": "C", "key": secrets.token_bytes(32)})
    with pytest.raises(UnsupportedFeatureError, match="no browser may have"):
        browser.ask("begin", target=sign(browser.target), name="a.txt", size=5)
    with pytest.raises(UnsupportedFeatureError, match="no browser may have"):
        browser.ask("begin", target=sign(browser.target), name="a.txt", size=10**9)

"""Who holds a form, a URL, a token or a value gains nothing beyond the one file they were for."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.core import signing
from django.test import Client

from tenant_minio import use_tenant
from tenant_minio.exceptions import UploadRefusedError
from tenant_minio.storage.staging import StagingLocation
from tenant_minio.uploads.targets import Target, sign
from tests.uploads.browser import Browser
from tests.uploads.conftest import keys
from tests.uploads.sending import send_form

# Two files with one MD5: X. Wang, H. Yu, How to Break MD5 and Other Hash Functions (2005).
ONE = bytes.fromhex(
    "d131dd02c5e6eec4693d9a0698aff95c2fcab58712467eab4004583eb8fb7f89"
    "55ad340609f4b30283e488832571415a085125e8f7cdc99fd91dbdf280373c5b"
    "d8823e3156348f5bae6dacd436c919c6dd53e2b487da03fd02396306d248cda0"
    "e99f33420f577ee8ce54b67080a80d1ec69821bcb6a8839396f9652b6ff72a70"
)
OTHER = bytes.fromhex(
    "d131dd02c5e6eec4693d9a0698aff95c2fcab50712467eab4004583eb8fb7f89"
    "55ad340609f4b30283e4888325f1415a085125e8f7cdc99fd91dbd7280373c5b"
    "d8823e3156348f5bae6dacd436c919c6dd53e23487da03fd02396306d248cda0"
    "e99f33420f577ee8ce54b67080280d1ec69821bcb6a8839396f965ab6ff72a70"
)


def claim_code(browser: Browser, value: str, target: Target | None = None) -> str:
    """The code with which a form refuses a value."""
    with pytest.raises(UploadRefusedError) as caught:
        browser.claim(value, target)
    return caught.value.code


def replace_before_copy(
    monkeypatch: pytest.MonkeyPatch, browser: Browser, form: dict[str, Any], data: bytes
) -> None:
    """Have the form sent once more between the look at what it stored and the copy."""
    copy = StagingLocation.copy

    def slow(self: StagingLocation, *args: Any) -> None:
        browser.send_form(form, data)
        copy(self, *args)

    monkeypatch.setattr(StagingLocation, "copy", slow)


def test_two_files_have_one_md5() -> None:
    assert ONE != OTHER
    assert hashlib.md5(ONE).hexdigest() == hashlib.md5(OTHER).hexdigest()


@pytest.mark.parametrize("data", [(b"clean", b"evil!"), (ONE, OTHER)], ids=["other", "same-md5"])
def test_form_that_is_sent_again_changes_nothing(
    browser: Browser, site: Any, data: tuple[bytes, bytes]
) -> None:
    """After finish, after the form's value was looked at, and after the save."""
    clean, evil = data
    begun = browser.begin(size=len(clean))
    browser.send_form(begun["form"], clean)
    value = browser.finish(begun["token"])["value"]
    browser.send_form(begun["form"], evil)
    assert browser.finish(begun["token"])["value"]
    file = browser.claim(value)
    assert file.read() == clean
    browser.send_form(begun["form"], evil)
    with use_tenant("acme"):
        site.save("a.txt", file)
        browser.send_form(begun["form"], evil)
        assert site.open("a.txt").read() == clean
        assert site.listdir("") == ([], ["a.txt"])
    assert claim_code(browser, value) == "missing"


def test_form_that_is_sent_between_look_and_copy_is_refused(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = browser.begin(size=5)
    browser.send_form(begun["form"], b"clean")
    replace_before_copy(monkeypatch, browser, begun["form"], b"evil!")
    assert browser.refusal("finish", token=begun["token"]) == "changed"


def test_hook_sees_what_is_saved_also_where_two_files_have_one_etag(
    browser: Browser, uploads: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    uploads(HOOK="tests.uploads.hooks.only_first")
    begun = browser.begin(size=len(ONE))
    browser.send_form(begun["form"], ONE)
    assert browser.finish(begun["token"])
    begun = browser.begin(size=len(ONE))
    browser.send_form(begun["form"], ONE)
    replace_before_copy(monkeypatch, browser, begun["form"], OTHER)
    assert browser.refusal("finish", token=begun["token"]) == "refused"


@pytest.mark.parametrize("kind", ["text/html", "text/plain"])
def test_what_arrived_is_held_against_what_was_permitted(browser: Browser, kind: str) -> None:
    """As if a server had let another size or type pass."""
    begun = browser.begin(size=5)
    place = browser.place()
    data = b"enlarged" if kind == "text/plain" else b"hello"
    key = begun["form"]["fields"]["key"]
    place.backend.put(place.route.bucket, key, data, {"content-type": kind})
    assert browser.refusal("finish", token=begun["token"]) == "changed"
    assert browser.refusal("finish", token=begun["token"]) == "missing"


def test_parts_are_held_against_what_was_permitted(browser: Browser, in_parts: int) -> None:
    begun = browser.begin(size=5)
    browser.send_parts(begun["token"], {1: b"hello"})
    place = browser.place()
    with use_tenant("acme"):
        upload = json.loads(json.dumps(token_data(begun["token"])))
        name, multipart = f"{upload['id']}.parts", upload["multipart"]
        place.put_part(name, multipart, 2, b"more")
    for _ in range(2):
        assert browser.refusal("finish", token=begun["token"]) == "changed"
    assert [part.number for part in place.arrived_parts(name, multipart)] == [1, 2]


def token_data(token: str) -> dict[str, Any]:
    data: dict[str, Any] = signing.loads(token, salt="tenant_minio.uploads.Upload")
    return data


def test_form_of_one_upload_is_of_no_use_for_another(browser: Browser) -> None:
    begun, other = browser.begin(size=5), browser.begin(size=5)
    browser.send(begun, b"hello")
    assert browser.refusal("finish", token=other["token"]) == "missing"
    if begun["form"]["url"].startswith("http"):
        fields = {**begun["form"]["fields"], "key": other["form"]["fields"]["key"]}
        assert send_form(begun["form"]["url"], fields, b"hello") == 403


def everyone_else(browser: Browser) -> list[Browser]:
    """Others: in another tenant, signed in as another, in another session, signed out."""
    target, client = browser.target, browser.client
    return [
        Browser(target, tenant="acme2", client=client),
        Browser(target, user="bob", client=client),
        Browser(target),
        Browser(target, user="", client=client),
        Browser(target, user=""),
    ]


@pytest.mark.parametrize("way", ["form", "parts"])
def test_token_and_value_are_of_no_use_to_anyone_else(
    browser: Browser, site: Any, uploads: Callable[..., None], way: str
) -> None:
    uploads(FORM_MAX_SIZE=100 if way == "form" else 0)
    browser.begin()  # so that there is a session
    begun = browser.begin()
    browser.send(begun, b"hello")
    value = browser.finish(begun["token"])["value"]
    for other in everyone_else(browser):
        token = begun["token"]
        assert other.refusal("parts", token=token, numbers=[]) == "not_permitted"
        assert other.refusal("finish", token=token) == "not_permitted"
        assert other.refusal("cancel", token=token) == "not_permitted"
        assert claim_code(other, value) == "not_permitted"
    assert browser.claim(value).read() == b"hello"


def test_anonymous_uploads_belong_to_their_session(
    browser: Browser, uploads: Callable[..., None]
) -> None:
    uploads(PERMISSION="tests.uploads.hooks.anyone")
    browser.user = ""
    done = browser.upload(b"hello")
    assert browser.claim(done["value"]).read() == b"hello"
    for other in (Browser(browser.target, user=""), Browser(browser.target, user="ann")):
        assert claim_code(other, done["value"]) == "not_permitted"
    bob = Browser(browser.target, user="bob", client=browser.client)
    assert claim_code(bob, done["value"]) == "not_permitted"


def test_sessions_in_signed_cookies_are_told_apart(
    browser: Browser, override: Callable[..., None], uploads: Callable[..., None]
) -> None:
    override(SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies")
    uploads(PERMISSION="tests.uploads.hooks.anyone")
    browser.user = ""
    begun = browser.begin()
    browser.send(begun, b"hello")
    browser.begin()
    assert browser.finish(begun["token"])
    other = Browser(browser.target, user="")
    other.begin()
    assert other.refusal("finish", token=begun["token"]) == "not_permitted"


def test_nobody_can_upload_who_cannot_be_told_from_others(
    browser: Browser, override: Callable[..., None], uploads: Callable[..., None]
) -> None:
    override(MIDDLEWARE=["tenant_minio.middleware.TenantMiddleware"])
    uploads(PERMISSION="tests.uploads.hooks.anyone")
    answer = browser.refusal("begin", target=sign(browser.target), name="a.txt", size=1)
    assert answer == "not_permitted"


def test_value_is_of_no_use_for_another_target(browser: Browser, site: Any) -> None:
    value = browser.upload(b"hello")["value"]
    for options in ({"max_file_size": 1}, {"content_types": ["image/*"]}, {"hook": "a.b"}):
        other = Target.of_storage(site, **options)
        assert claim_code(browser, value, other) == "not_permitted"


def test_signed_things_do_not_stand_for_one_another(browser: Browser) -> None:
    begun = browser.begin()
    browser.send(begun, b"hello")
    done = browser.finish(begun["token"])
    target = sign(browser.target)
    for wrong in (done["value"], target, "", "a:b:c", begun["token"] + "x", begun["token"][1:]):
        assert browser.refusal("finish", token=wrong) == "not_permitted"
    for wrong in (begun["token"], target, "", done["value"] + "x"):
        assert claim_code(browser, wrong) == "not_permitted"
    for wrong in (begun["token"], done["value"], "", target + "x", target[:-1]):
        answer = browser.refusal("begin", target=wrong, name="a.txt", size=1)
        assert answer == "not_permitted"


def test_expired_token_and_value_are_refused(
    browser: Browser, uploads: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = browser.begin()
    browser.send(begun, b"hello")
    value = browser.finish(begun["token"])["value"]
    later = signing.time.time() + 24 * 3600 + 1
    monkeypatch.setattr(signing.time, "time", lambda: later)
    assert browser.refusal("finish", token=begun["token"]) == "expired"
    assert browser.refusal("cancel", token=begun["token"]) == "expired"
    assert claim_code(browser, value) == "expired"


def test_value_is_used_once(browser: Browser, site: Any) -> None:
    value = browser.upload(b"hello")["value"]
    one, other = browser.claim(value), browser.claim(value)
    with use_tenant("acme"):
        site.save("a.txt", one)
        with pytest.raises(UploadRefusedError):
            site.save("b.txt", other)
        assert keys(site) == ["a.txt"]
    assert claim_code(browser, value) == "missing"


def test_two_values_of_one_upload_are_one_file(browser: Browser, site: Any) -> None:
    begun = browser.begin()
    browser.send(begun, b"hello")
    values = [browser.finish(begun["token"])["value"] for _ in range(2)]
    files = [browser.claim(value) for value in values]
    with use_tenant("acme"):
        site.save("a.txt", files[0])
        with pytest.raises(UploadRefusedError):
            site.save("b.txt", files[1])
    assert claim_code(browser, values[1]) == "missing"


def test_permission_is_asked_at_each_step(browser: Browser, uploads: Callable[..., None]) -> None:
    begun = browser.begin()
    browser.send(begun, b"hello")
    value = browser.finish(begun["token"])["value"]
    uploads(PERMISSION="tests.uploads.hooks.boss_only")
    token = begun["token"]
    for step, data in (("parts", {"numbers": []}), ("finish", {}), ("cancel", {})):
        assert browser.refusal(step, token=token, **data) == "not_permitted"
    assert claim_code(browser, value) == "not_permitted"


def test_staff_may_where_staff_alone_may(browser: Browser, uploads: Callable[..., None]) -> None:
    uploads(PERMISSION="tenant_minio.uploads.permissions.allow_staff")
    asked = {"target": sign(browser.target), "name": "a.txt", "size": 1}
    assert browser.refusal("begin", **asked) == "not_permitted"
    boss = Browser(browser.target, user="boss")
    assert boss.ask("begin", **asked)[0] == 200


def test_permission_is_given_by_true_alone(browser: Browser, uploads: Callable[..., None]) -> None:
    uploads(PERMISSION="tests.uploads.hooks.says_maybe")
    answer = browser.refusal("begin", target=sign(browser.target), name="a.txt", size=1)
    assert answer == "not_permitted"


def test_what_is_not_permitted_looks_like_what_is_unknown(browser: Browser, site: Any) -> None:
    closed = sign(Target.of_storage(site, permission="tests.uploads.hooks.boss_only"))
    answers = [
        browser.ask("begin", target=target, name="a.txt", size=1)
        for target in (closed, "nonsense", sign(browser.target) + "x")
    ]
    stranger = Browser(browser.target, user="")
    answers.append(stranger.ask("begin", target=sign(browser.target), name="a.txt", size=1))
    answers.append(browser.ask("finish", token="nonsense"))
    assert answers == [answers[0]] * 5
    assert answers[0][0] == 403


def test_a_page_of_no_tenant_uploads_nothing(
    browser: Browser, override: Callable[..., None]
) -> None:
    override(TENANT_MINIO={**settings.TENANT_MINIO, "REQUIRE_TENANT": False})
    answer = browser.client.post(
        "/uploads/begin/",
        data=json.dumps({"target": sign(browser.target), "name": "a.txt", "size": 1}),
        content_type="application/json",
        headers={"Host": "localhost", "X-User": "ann"},
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "not_permitted")


def test_another_sites_page_cannot_ask(browser: Browser) -> None:
    client = Client(enforce_csrf_checks=True)
    host = {"Host": "acme.localhost", "X-User": "ann"}
    asked = json.dumps({"target": sign(browser.target), "name": "a.txt", "size": 1})
    answer = client.post(
        "/uploads/begin/", data=asked, content_type="application/json", headers=host
    )
    assert answer.status_code == 403
    token = client.get("/page/", headers=host).content.decode()
    answer = client.post(
        "/uploads/begin/",
        data=asked,
        content_type="application/json",
        headers={**host, "X-CSRFToken": token},
    )
    assert answer.status_code == 200

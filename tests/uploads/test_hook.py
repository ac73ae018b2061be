"""A file is looked at before anybody can have it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.base import ContentFile

from tenant_minio import use_tenant
from tenant_minio.exceptions import ObjectNotFoundError
from tenant_minio.uploads.targets import Target
from tests.uploads import hooks
from tests.uploads.browser import Browser
from tests.uploads.test_api import staged


@pytest.fixture(params=["form", "parts"], autouse=True)
def hooked(request: pytest.FixtureRequest, uploads: Callable[..., None], site: Any) -> None:
    limit = 100 if request.param == "form" else 0
    uploads(FORM_MAX_SIZE=limit, HOOK="tests.uploads.hooks.scan")
    hooks.seen.clear()


def test_it_reads_an_ordinary_file(browser: Browser) -> None:
    value = browser.upload(b"hello", "plan.pdf")["value"]
    assert hooks.seen == [("plan.pdf", 5, "application/pdf", b"hello")]
    assert browser.claim(value).read() == b"hello"


@pytest.mark.parametrize(
    ("data", "message"), [(b"a virus!", "There is a virus in it."), (b"bad file", "It is bad.")]
)
def test_its_refusal_is_told_and_the_file_deleted(
    browser: Browser, data: bytes, message: str
) -> None:
    begun = browser.begin(size=len(data))
    browser.send(begun, data)
    status, answer = browser.ask("finish", token=begun["token"])
    assert (status, answer) == (422, {"error": {"code": "refused", "message": message}})
    assert staged(browser) == []
    assert browser.refusal("finish", token=begun["token"]) == "missing"


def test_file_stays_where_the_hook_fails(browser: Browser, monkeypatch: Any) -> None:
    """It neither agreed nor refused, so it is asked again."""
    begun = browser.begin(size=8)
    browser.send(begun, b"crash me")
    with pytest.raises(RuntimeError, match="scanner is down"):
        browser.ask("finish", token=begun["token"])
    assert len(staged(browser)) >= 1
    monkeypatch.setattr(hooks, "scan", lambda _file: None)
    assert browser.finish(begun["token"])["size"] == 8


def test_it_is_asked_each_time(browser: Browser) -> None:
    """Who asks to finish while another request waits for the hook gets no value before it."""
    begun = browser.begin()
    browser.send(begun, b"hello")
    for _ in range(2):
        browser.finish(begun["token"])
    assert len(hooks.seen) == 2


def test_target_may_have_its_own(browser: Browser, site: Any) -> None:
    browser.target = Target.of_storage(site, hook="tests.uploads.hooks.only_first")
    begun = browser.begin(size=30)
    browser.send(begun, b"x" * 30)
    assert browser.refusal("finish", token=begun["token"]) == "refused"
    assert hooks.seen == []


def test_what_the_hook_lacks_is_an_error_and_not_a_missing_upload(
    browser: Browser, site: Any
) -> None:
    browser.target = Target.of_storage(site, hook="tests.uploads.hooks.stamp")
    begun = browser.begin()
    browser.send(begun, b"hello")
    with pytest.raises(ObjectNotFoundError, match=r"watermark\.png"):
        browser.ask("finish", token=begun["token"])
    with use_tenant("acme"):
        site.save("watermark.png", ContentFile(b"x"))
    assert browser.claim(browser.finish(begun["token"])["value"]).read() == b"hello"


def test_upload_that_is_cancelled_while_the_hook_reads_is_missing(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = browser.begin()
    browser.send(begun, b"hello")

    def read(file: Any) -> None:
        assert browser.ask("cancel", token=begun["token"]) == (200, {})
        file.read()

    monkeypatch.setattr(hooks, "scan", read)
    assert browser.refusal("finish", token=begun["token"]) == "missing"

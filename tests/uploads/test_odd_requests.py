"""Requests that no page of this package makes are refused, and are no error of the site."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tenant_minio.uploads.targets import sign
from tests.uploads.browser import Browser
from tests.uploads.test_attacks import claim_code


@pytest.mark.parametrize("size", [5 * 1024**4 + 1, 10**400])
def test_size_that_no_file_has_is_too_large(browser: Browser, size: int) -> None:
    answer = browser.refusal("begin", target=sign(browser.target), name="a.txt", size=size)
    assert answer == "too_large"


@pytest.mark.parametrize("text", ["\ud800:a:b", "a:\ud800:b", "\ud800", ".\ud800:a:b"])
def test_what_is_no_text_is_no_token(browser: Browser, text: str) -> None:
    assert browser.refusal("begin", target=text, name="a.txt", size=1) == "not_permitted"
    for step in ("parts", "finish", "cancel"):
        assert browser.refusal(step, token=text, numbers=[]) == "not_permitted"
    assert claim_code(browser, text) == "not_permitted"


def test_body_of_a_form_is_not_understood(site: Any) -> None:
    """Django's protection against other sites' pages has read it then."""
    client = Client(enforce_csrf_checks=True)
    host = {"Host": "acme.localhost", "X-User": "ann"}
    token = client.get("/page/", headers=host).content.decode()
    for sent in ({"csrfmiddlewaretoken": token}, {}):
        answer = client.post("/uploads/begin/", sent, headers={**host, "X-CSRFToken": token})
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_request")

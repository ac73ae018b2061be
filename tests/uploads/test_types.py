"""Which types may be uploaded, and that nothing is stored as another than was permitted."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import signing

from tenant_minio import use_tenant
from tenant_minio.exceptions import UploadRefusedError
from tenant_minio.uploads.targets import Target, sign
from tests.uploads.browser import Browser

# What Django takes out of a name, or cuts off it, when it is saved. Some are other files where
# they are read as URLs, which mimetypes.guess_type does, from Python 3.13 on with all schemes.
MISLEADING = [
    ("data:,evil.html", ["text/plain"]),
    ("data:text;a=b,evil.html", ["text/plain"]),
    ("ab:photo.png#.html", ["image/png"]),
    ("ab:photo.png?.svg", ["image/png"]),
    ("photo.png;.html", ["image/png"]),
    ("photo.#html", ["application/octet-stream"]),
    ("photo.js" + 300 * "#" + "on", ["application/json"]),
]


@pytest.mark.parametrize(("name", "allowed"), MISLEADING)
def test_name_is_judged_as_it_is_stored(
    browser: Browser, site: Any, name: str, allowed: list[str]
) -> None:
    browser.target = Target.of_storage(site, content_types=allowed)
    asked = {"target": sign(browser.target), "name": name, "size": 1}
    assert browser.refusal("begin", **asked) == "wrong_type"


@pytest.mark.parametrize(
    ("name", "allowed"),
    [
        ("a photo?.png", ["image/png"]),
        ("ab:photo.png#.html", ["text/html"]),
        ("archive.tar.gz", ["application/gzip"]),
        ("notes:2026.md", ["text/markdown"]),
    ],
)
def test_file_is_stored_as_the_type_that_was_permitted(
    browser: Browser, site: Any, name: str, allowed: list[str]
) -> None:
    browser.target = Target.of_storage(site, content_types=allowed)
    done = browser.upload(b"x", name)
    assert [done["type"]] == allowed
    file = browser.claim(done["value"])
    with use_tenant("acme"):
        saved = site.save(site.generate_filename(file.name), file)
        assert [site.stat(saved).content_type] == allowed


def test_value_whose_name_says_another_type_by_now_is_refused(browser: Browser, site: Any) -> None:
    """Such as one that was signed before types were judged as they are now."""
    browser.target = Target.of_storage(site, content_types=["image/png"])
    done = browser.upload(b"x", "a.png")
    data = signing.loads(done["value"], salt="tenant_minio.uploads.Confirmed")
    value = signing.dumps({**data, "name": "a.html"}, salt="tenant_minio.uploads.Confirmed")
    with pytest.raises(UploadRefusedError) as caught:
        browser.claim(value)
    assert caught.value.code == "wrong_type"

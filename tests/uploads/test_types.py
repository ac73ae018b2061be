"""Which types may be uploaded, and that nothing is stored as another than was permitted."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models
from django.test.utils import isolate_apps

from tenant_minio import use_tenant
from tenant_minio.exceptions import UploadRefusedError
from tenant_minio.private import PrivateFileField
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


HEADS = {
    "a.avif": b"\0\0\0 ftypavif",
    "a.docx": b"PK\x03\x04",
    "a.ico": b"\0\0\1\0",
    "a.jpg": b"\xff\xd8\xff\xe0",
    "a.js": b"1",
    "a.png": b"\x89PNG\r\n\x1a\n",
    "a.tar.gz": b"\x1f\x8b",
    "a.wav": b"RIFF....WAVE",
    "a.xml": b"<a/>",
    "a": b"x",
}


@pytest.mark.parametrize(
    ("allowed", "names"),
    [
        (["image/jpg"], {"a.jpg"}),
        (["image/PNG"], {"a.png"}),
        (["Image/*"], {"a.avif", "a.ico", "a.jpg", "a.png"}),
        (["application/vnd.*"], {"a.docx"}),
        (["application/x-gzip"], {"a.tar.gz"}),
        (["application/gzip; level=9"], {"a.tar.gz"}),
        (["application/javascript", "text/xml"], {"a.js", "a.xml"}),
        (["image/vnd.microsoft.icon"], {"a.ico"}),
        (["audio/wav"], {"a.wav"}),
        (["application/octet-stream"], {"a"}),
        (["*/*"], {*HEADS}),
        ({"image/png", "image/jpeg"}, {"a.jpg", "a.png"}),
        (["video/mp4"], set()),
        ([], {*HEADS}),
    ],
)
def test_fields_and_uploads_take_the_same(site: Any, allowed: Any, names: set[str]) -> None:
    with isolate_apps("tests.project.docs"):

        class Row(models.Model):
            file = PrivateFileField(content_types=allowed, storage=site)

            class Meta:
                app_label = "docs"

    field: Any = Row._meta.get_field("file")
    target = Target.of_field(field)
    by_field, by_upload = set(), set()
    for name, head in HEADS.items():
        with suppress(ValidationError):
            field.check_upload(SimpleUploadedFile(name, head))
            by_field.add(name)
        with suppress(UploadRefusedError):
            target.check(name, len(head))
            by_upload.add(name)
    assert by_field == by_upload == names

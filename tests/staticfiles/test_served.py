"""What a browser gets, over plain HTTP."""

from __future__ import annotations

import gzip
import mimetypes
import os
import random
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from django.core.files.base import ContentFile, File

from tenant_minio import registry
from tenant_minio.storage.content_types import web_type
from tests.staticfiles.conftest import FILES, collect, write

PLAIN = "tenant_minio.MinioStaticStorage"
MANIFEST = "tenant_minio.MinioManifestStaticStorage"
SHORT = "public, max-age=60"
FOREVER = "public, max-age=31536000, immutable"


def get(url: str) -> tuple[bytes, Any]:
    with urlopen(Request(url)) as answer:
        return answer.read(), answer.headers


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("css/site.css", "text/css"),
        ("js/app.js", "text/javascript"),
        ("js/mod.mjs", "text/javascript"),
        ("js/app.js.map", "application/json"),
        ("data.json", "application/json"),
        ("img/logo.svg", "image/svg+xml"),
        ("fonts/x.woff2", "font/woff2"),
        ("app.wasm", "application/wasm"),
        ("site.webmanifest", "application/manifest+json"),
        ("UPPER.JS", "text/javascript"),
        ("no-extension", "application/octet-stream"),
        ("bundle.js.gz", "application/gzip"),
    ],
)
def test_content_types_do_not_depend_on_the_machine(
    name: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mimetypes, "guess_type", lambda _name: (None, None))
    assert web_type(name) == expected


def test_plain_files_are_served_to_anyone(use_static: Any, server: Any, sources: Path) -> None:
    storage = use_static(PLAIN, server.storage_options(), prefix="assets/")
    collect()
    for name, text in FILES.items():
        body, headers = get(storage.url(name))
        assert body == text.encode()
        assert headers["Content-Type"] == web_type(name)
        assert headers["Cache-Control"] == SHORT
        assert headers["Content-Encoding"] is None


def test_hashed_names_may_be_cached_for_ever(use_static: Any, server: Any, sources: Path) -> None:
    storage = use_static(MANIFEST, server.storage_options())
    collect()
    for name in FILES:
        _body, headers = get(storage.url(name))
        assert headers["Cache-Control"] == FOREVER
        assert headers["Content-Type"] == web_type(name)
    css = get(storage.url("css/site.css"))[0].decode()
    assert storage.stored_name("css/base.css").rpartition("/")[2] in css
    manifest = get(storage.url("css/").removesuffix("css/") + "staticfiles.json")
    assert manifest[1]["Cache-Control"] == SHORT


def test_caching_can_be_chosen(use_static: Any, server: Any, sources: Path) -> None:
    options = {"cache_control": None, "immutable_cache_control": "max-age=5"}
    storage = use_static(MANIFEST, {**server.storage_options(), **options})
    collect()
    base = storage.url("css/")
    assert get(storage.url("data.json"))[1]["Cache-Control"] == "max-age=5"
    assert get(f"{base}site.css")[1]["Cache-Control"] is None


@pytest.mark.parametrize("backend", [PLAIN, MANIFEST])
def test_gzip(use_static: Any, server: Any, sources: Path, backend: str) -> None:
    storage = use_static(backend, server.storage_options(), gzip=True)
    collect()
    for name in ("data.json", "img/logo.svg"):
        body, headers = get(storage.url(name))
        assert headers["Content-Encoding"] == "gzip"
        assert headers["Content-Type"] == web_type(name)
        assert gzip.decompress(body) == FILES[name].encode()
        assert len(body) < len(FILES[name])
        with storage.open(name) as file:
            assert file.read() == FILES[name].encode()
    for name in ("img/a b.png", "empty.txt", "fonts/x.woff2", "site.webmanifest"):
        body, headers = get(storage.url(name))
        assert headers["Content-Encoding"] is None
        assert body == FILES[name].encode()
    assert f"0 static files copied, {len(FILES)} unmodified" in collect()


def test_gzip_of_a_large_file_goes_in_parts(use_static: Any, server: Any, sources: Path) -> None:
    text = random.Random(1).randbytes(9 * 1024 * 1024).hex()  # 9 MiB when it is packed
    write(sources, "large.json", text)
    storage = use_static(PLAIN, server.storage_options(), gzip=True)
    collect()
    assert "-" in storage.locate().head("large.json").etag
    body, headers = get(storage.url("large.json"))
    assert headers["Content-Encoding"] == "gzip"
    assert headers["Cache-Control"] == SHORT
    assert gzip.decompress(body) == text.encode()
    assert "0 static files copied" in collect()


def test_saving_by_hand_gives_the_same_headers(use_static: Any, server: Any, sources: Path) -> None:
    storage = use_static(PLAIN, server.storage_options(), gzip=True)
    collect()
    name = storage.save("by-hand.css", ContentFile(b"a" * 1000))
    assert name == "by-hand.css"
    assert get(storage.url(name))[1]["Content-Encoding"] == "gzip"
    assert storage.save("by-hand.css", ContentFile(b"b" * 1000)) != name
    with storage.open("written.css", "wb") as file:
        file.write(b"c" * 1000)
    body, headers = get(storage.url("written.css"))
    assert body == b"c" * 1000
    assert headers["Content-Encoding"] is None
    assert headers["Cache-Control"] == SHORT


@pytest.mark.parametrize("buffering", [-1, 0])
@pytest.mark.parametrize("text", [b"a" * 20_000, random.Random(2).randbytes(20_000)])
def test_what_cannot_be_rewound_is_stored_whole(
    use_static: Any, server: Any, text: bytes, buffering: int
) -> None:
    """Whether it shrinks or not."""
    storage = use_static(PLAIN, server.storage_options(), gzip=True)
    registry["staticfiles"].make_bucket(storage.locate().route.bucket)
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb") as pipe:
        pipe.write(text)
    with os.fdopen(reading, "rb", buffering) as pipe:
        name = storage.save("fonts/x.ttf", File(pipe, name="x.ttf"))
    with storage.open(name) as file:
        assert file.read() == text


def test_a_compressed_file_is_a_file_as_any(use_static: Any, server: Any) -> None:
    storage = use_static(PLAIN, server.storage_options(), gzip=True)
    registry["staticfiles"].make_bucket(storage.locate().route.bucket)
    text = "a{color:red}\n" * 1000
    name = storage.save("big.css", ContentFile(text))
    assert storage.size(name) < len(text)
    for mode in ("r", "rt"):
        with storage.open(name, mode) as file:
            assert file.readline() == "a{color:red}\n"
            assert file.size == len(text)
            assert file.read() == text[13:]
    with storage.open(name) as file:
        assert (file.mode, file.size, file.size) == ("rb", len(text), len(text))
        assert file.read(5) == b"a{col"
        assert file.size == len(text)
        assert file.read(3) == b"or:"
        assert b"".join(file.chunks(1000)) == text.encode()
        assert file.open("r").read() == text
    assert file.closed
    assert file.open("rb").read() == text.encode()
    file.close()
    copied = storage.save("copy.css", storage.open(name))
    assert storage.open(copied, "r").read() == text
    with storage.open(name, "wb") as file:
        file.write(b"short")
        assert file.size == 5
    with storage.open(name) as file:
        assert (file.size, file.read()) == (5, b"short")


def test_what_the_entry_says_of_all_its_files_counts(use_static: Any, server: Any) -> None:
    """Headers of the options stand over the defaults for static files, not over their options."""
    given = {"headers": {"cache-control": "max-age=5"}, "content_type": "text/x-foo"}
    for more, caching in (({}, "max-age=5"), ({"cache_control": "no-cache"}, "no-cache")):
        storage = use_static(PLAIN, server.storage_options(), **given, **more)
        registry["staticfiles"].make_bucket(storage.locate().route.bucket)
        stat = storage.stat(storage.save("a.txt", ContentFile("x")))
        assert stat.content_type == "text/x-foo"
        assert stat.headers["cache-control"] == caching

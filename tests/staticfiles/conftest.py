"""A folder of static files, and storages that they go to."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import storages
from django.core.management import call_command
from django.test import override_settings

from tenant_minio import registry
from tests.conftest import MEMORY, bucket_name, remove_bucket

FILES = {
    "css/site.css": "@import url('base.css');\nbody { background: url(\"../img/a b.png\"); }\n",
    "css/base.css": "@font-face { src: url('../fonts/x.woff2?#iefix'); }\n"
    "/* url(../img/logo.svg) */\n",
    "js/app.js": "import {x} from './mod.mjs';\nconsole.log(x);\n//# sourceMappingURL=app.js.map\n",
    "js/app.js.map": '{"version": 3}',
    "js/mod.mjs": "export const x = 1;\n",
    "img/a b.png": "\x89PNG not really",
    "img/logo.svg": "<svg xmlns='http://www.w3.org/2000/svg'/>" + "<!-- long -->" * 50,
    "fonts/x.woff2": "wOF2",
    "app.wasm": "\0asm",
    "data.json": '{"a": 1}' * 100,
    "site.webmanifest": "{}",
    "empty.txt": "",
}


@pytest.fixture
def sources(tmp_path: Path) -> Iterator[Path]:
    """What the finders find."""
    folder = tmp_path / "sources"
    for name, text in FILES.items():
        write(folder, name, text)
    finder = "django.contrib.staticfiles.finders.FileSystemFinder"
    with override_settings(STATICFILES_DIRS=[str(folder)], STATICFILES_FINDERS=[finder]):
        yield folder


def write(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())


@pytest.fixture(params=["minio", "versitygw"])
def server(request: pytest.FixtureRequest) -> Any:
    """Each kind of server."""
    return request.getfixturevalue(f"{request.param}_server")


@pytest.fixture(params=["minio", "versitygw", "memory"])
def any_options(request: pytest.FixtureRequest) -> dict[str, Any] | None:
    """How to reach each kind of cluster; None for the one in memory."""
    if request.param == "memory":
        return None
    options: dict[str, Any] = request.getfixturevalue(f"{request.param}_server").storage_options()
    return options


@pytest.fixture
def use_static(use_storages: Callable[..., None]) -> Iterator[Callable[..., Any]]:
    """Put a storage for static files into STORAGES, in a bucket that does not exist yet."""
    used: list[tuple[Any, str]] = []

    def use(backend: str, options: dict[str, Any], **more: Any) -> Any:
        bucket = more.pop("bucket", None) or bucket_name()
        options = {**options, "bucket": bucket, **more}
        use_storages(staticfiles={"BACKEND": backend, "OPTIONS": options}, default=MEMORY)
        storage = storages["staticfiles"]
        used.append((registry["staticfiles"], bucket))
        return storage

    yield use
    for backend, bucket in {bucket: (backend, bucket) for backend, bucket in used}.values():
        if hasattr(backend, "options") and backend.bucket_exists(bucket):
            remove_bucket(backend.options, bucket)


def collect(*args: str, **options: Any) -> str:
    """What ``manage.py collectstatic`` writes."""
    out = io.StringIO()
    call_command(
        "collectstatic", *args, interactive=False, stdout=out, stderr=io.StringIO(), **options
    )
    return out.getvalue()


def contents(storage: Any) -> dict[str, bytes]:
    """All files of a storage, by name."""
    found = {}
    folders = [""]
    while folders:
        folder = folders.pop()
        inner, names = storage.listdir(folder)
        folders += [f"{folder}{name}/" for name in inner]
        for name in names:
            with storage.open(folder + name) as file:
                found[folder + name] = file.read()
    return found

"""Files that visitors upload, and what became of them."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

from tests.browser.site import Site

MIB = 1024 * 1024


def small(name: str = "plan.txt", content: bytes = b"a plan") -> dict[str, object]:
    """A file as Playwright hands it to an input."""
    return {"name": name, "mimeType": "text/plain", "buffer": content}


def large(path: Path, mib: int) -> Path:
    """A file of so many MiB, no two of them alike."""
    source = random.Random(mib)
    with path.open("wb") as file:
        for _ in range(mib):
            file.write(source.randbytes(64) * (MIB // 64))
    return path


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def stored_digest(site: Site, key: str) -> str:
    """The same of an object, read piece by piece."""
    found = hashlib.sha256()
    answer = site.client.get_object(bucket_name="media", object_name=key)
    try:
        for piece in answer.stream(MIB):
            found.update(piece)
    finally:
        answer.close()
        answer.release_conn()
    return found.hexdigest()

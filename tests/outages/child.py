"""A process of its own that saves one file, to be killed: ``python child.py parts|whole``."""

import json
import os
import sys
import time
from collections.abc import Iterator

import django
from django.conf import settings

OPTIONS = json.loads(os.environ["CHILD_OPTIONS"])
settings.configure(STORAGES={"plain": {"BACKEND": "tenant_minio.MinioStorage", "OPTIONS": OPTIONS}})
django.setup()

from django.core.files.base import ContentFile, File  # noqa: E402
from django.core.files.storage import storages  # noqa: E402


class Endless(File):  # type: ignore[type-arg]
    """Gives enough for two parts, and then nothing more for a long time."""

    def __init__(self) -> None:
        super().__init__(None)

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        for _piece in range(4):
            yield b"x" * (chunk_size or 1)
        time.sleep(600)


content = Endless() if sys.argv[1] == "parts" else ContentFile(b"x" * 4_000_000)
storage = storages["plain"]
storage.exists("f.bin")
print("saving", flush=True)
storage.save("f.bin", content)

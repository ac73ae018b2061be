"""What each contestant can do, and how a Django project does it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, Protocol

# What a FileField passes if it says nothing else.
MAX_LENGTH = 100


class Contestant(Protocol):
    """The operations that are compared. Each opens, uses and closes what it needs."""

    def entered(self) -> AbstractContextManager[object]:
        """What a request stands in: for tenant_minio its tenant."""

    def save(self, name: str, data: bytes) -> None:
        """Store a small file under a name that nobody has."""

    def save_path(self, name: str, path: str) -> None:
        """Store a file of the disk under a name that nobody has."""

    def read(self, name: str, piece: int) -> int:
        """Read all, ``piece`` bytes at a time; say how many there were."""

    def first(self, name: str, length: int) -> int:
        """Read the first ``length`` bytes only; say how many there were."""

    def exists(self, name: str) -> bool: ...

    def size(self, name: str) -> int: ...

    def delete(self, name: str) -> None: ...

    @property
    def url(self) -> Callable[[str], str]:
        """Makes a signed URL to get a private file."""

    def listdir(self) -> tuple[int, int]:
        """How many folders and how many files stand at the root."""

    def collectstatic(self) -> None:
        """Bring the bucket up to date with the folder of static files."""


class DjangoContestant:
    """The storage ``default``, used as Django's documentation says."""

    def __init__(self, **settings: Any) -> None:
        import django
        from django.conf import settings as django_settings

        django_settings.configure(USE_TZ=True, STATIC_URL="/static/", **settings)
        django.setup()
        from django.core.files.storage import storages

        self.storage: Any = storages["default"]
        # Without a step between: it takes microseconds.
        self.url: Callable[[str], str] = self.storage.url

    def entered(self) -> AbstractContextManager[object]:
        return nullcontext()

    def save(self, name: str, data: bytes) -> None:
        from django.core.files.base import ContentFile

        self.storage.save(name, ContentFile(data), max_length=MAX_LENGTH)

    def save_path(self, name: str, path: str) -> None:
        from django.core.files.base import File

        with Path(path).open("rb") as file:
            self.storage.save(name, File(file), max_length=MAX_LENGTH)

    def read(self, name: str, piece: int) -> int:
        with self.storage.open(name) as file:
            return sum(len(data) for data in pieces(file, piece))

    def first(self, name: str, length: int) -> int:
        with self.storage.open(name) as file:
            return len(file.read(length))

    def exists(self, name: str) -> bool:
        return bool(self.storage.exists(name))

    def size(self, name: str) -> int:
        return int(self.storage.size(name))

    def delete(self, name: str) -> None:
        self.storage.delete(name)

    def listdir(self) -> tuple[int, int]:
        folders, files = self.storage.listdir("")
        return len(folders), len(files)

    def collectstatic(self) -> None:
        from django.core.management import call_command

        call_command("collectstatic", interactive=False, verbosity=0)


def pieces(file: Any, length: int) -> Iterator[bytes]:
    """What a file object gives, ``length`` bytes at a time."""
    while data := file.read(length):
        yield data

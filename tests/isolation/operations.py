"""All that can be done to a name through a storage."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.files.base import ContentFile

from tenant_minio.backends.base import ByteRange

Operation = Callable[[Any, str], object]


def _read(storage: Any, name: str) -> bytes:
    with storage.open(name) as file:
        return file.read()


def _read_part(storage: Any, name: str) -> bytes:
    with storage.open(name) as file:
        file.seek(2)
        return file.read(3)


def _read_range(storage: Any, name: str) -> bytes:
    with storage.open_range(name, ByteRange(2, 4)) as part:
        return part.read(3)


def _read_text(storage: Any, name: str) -> str:
    with storage.open(name, "r") as file:
        return file.read()


def _write(storage: Any, name: str) -> None:
    with storage.open(name, "wb") as file:
        file.write(b"written")


def _abandon(storage: Any, name: str) -> None:
    storage.open(name, "wb").abort()


OPERATIONS: dict[str, Operation] = {
    "save": lambda storage, name: storage.save(name, ContentFile(b"saved")),
    "save shortened": lambda storage, name: storage.save(
        name, ContentFile(b"saved"), max_length=60
    ),
    "replace": lambda storage, name: storage._save(name, ContentFile(b"replaced")),
    "read": _read,
    "read a part": _read_part,
    "read a range": _read_range,
    "read text": _read_text,
    "write": _write,
    "abandon": _abandon,
    "exists": lambda storage, name: storage.exists(name),
    "size": lambda storage, name: storage.size(name),
    "modified": lambda storage, name: storage.get_modified_time(name),
    "listdir": lambda storage, name: storage.listdir(name),
    "available": lambda storage, name: storage.get_available_name(name),
    "url": lambda storage, name: storage.url(name),
    "signed url": lambda storage, name: storage.url(name, signed=True),
    "plain url": lambda storage, name: storage.url(name, signed=False),
    "head url": lambda storage, name: storage.url(name, signed=True, method="HEAD"),
    "urls": lambda storage, name: storage.urls(["fine.txt", name]),
    "delete": lambda storage, name: storage.delete(name),
}

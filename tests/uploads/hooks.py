"""Hooks and permissions that settings of tests name."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.storage import storages

from tenant_minio.exceptions import UploadRefusedError

seen: list[tuple[str, int, str, bytes]] = []


def scan(file: Any) -> None:
    """Looks at a file as a scanner does."""
    data = file.read()
    seen.append((file.name, file.size, file.content_type, data))
    if b"virus" in data:
        raise ValidationError("There is a %(what)s in it.", params={"what": "virus"})
    if b"bad" in data:
        raise UploadRefusedError("It is bad.")
    if b"crash" in data:
        raise RuntimeError("the scanner is down")


def stamp(_file: Any) -> None:
    """Needs a file that is not there."""
    storages["default"].open("watermark.png").read()


def only_first(file: Any) -> None:
    """Refuses the second of two files that have one MD5."""
    if file.read()[19] != 0x87:
        raise ValidationError("This is the other one.")


def boss_only(request: Any, _target: Any) -> bool:
    return bool(request.user.pk == "boss")


def anyone(_request: Any, _target: Any) -> bool:
    return True


def says_maybe(_request: Any, _target: Any) -> Any:
    return "maybe"


async def waits(_file: Any) -> None:
    """No hook is one."""


NOT_CALLABLE = 1

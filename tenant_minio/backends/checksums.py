"""Checksums of objects, made here and verified by the server.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

CHECKSUMS = ("CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256")
# Not in the standard library, and 33 times slower in pure Python: from the extra "checksums".
_FROM_AWSCRT = {"CRC32C": ("crc32c", 4), "CRC64NVME": ("crc64nvme", 8)}

CHECKSUM_PREFIX = "x-amz-checksum-"
HEADERS: Mapping[str, str] = {kind: CHECKSUM_PREFIX + kind.lower() for kind in CHECKSUMS}


def fault(kind: object) -> str | None:
    """Why this checksum cannot be made, or None."""
    if kind not in CHECKSUMS:
        return f"it is none of {', '.join(CHECKSUMS)}"
    if kind in _FROM_AWSCRT:
        try:
            _awscrt()
        except ImportError:
            return (
                "it needs awscrt: in a clone of tenant_minio's repository, python -m pip install "
                "'.[checksums]'"
            )
    return None


def _awscrt() -> Any:
    return import_module("awscrt.checksums")


class Checksum:
    """One checksum over bytes that come in pieces.

    Args:
        kind: one of :data:`CHECKSUMS`, or what else hashlib knows.

    Raises:
        ImportError: its library is not installed.
    """

    def __init__(self, kind: str) -> None:
        self._update: Callable[[bytes | memoryview, int], int] | None = None
        self._value = 0
        if kind == "CRC32":
            self._update, self._width = zlib.crc32, 4
        elif kind in _FROM_AWSCRT:
            name, self._width = _FROM_AWSCRT[kind]
            self._update = getattr(_awscrt(), name)
        else:
            self._hash = hashlib.new(kind, usedforsecurity=False)

    def update(self, data: bytes | memoryview) -> None:
        """Take the next bytes."""
        if self._update is None:
            self._hash.update(data)
        else:
            self._value = self._update(data, self._value)

    def raw(self) -> bytes:
        """The bytes that it consists of."""
        return self._hash.digest() if self._update is None else self._value.to_bytes(self._width)

    def text(self) -> str:
        """In base64, as S3 writes it."""
        return base64.b64encode(self.raw()).decode()


def checksum(kind: str, data: bytes) -> str:
    """The checksum of ``data`` in base64."""
    made = Checksum(kind)
    made.update(data)
    return made.text()

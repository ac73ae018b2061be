"""What is sent without being held in memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file to be sent in one request.

    Args:
        file: read from its beginning, maybe several times.
        size: in bytes.
        sha256: of all of it, in hexadecimal; the request is signed with it.
    """

    file: BinaryIO
    size: int
    sha256: str

"""Bodies that say whose they are, and show whether they are whole."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from os import urandom


@dataclass(frozen=True, slots=True)
class Stamp:
    """One write.

    Args:
        tenant: whose it is.
        client, number: which write; no other has the same two.
    """

    tenant: str
    client: int
    number: int


def make(stamp: Stamp, size: int) -> bytes:
    """A body of ``size`` random bytes after a line that tells of them."""
    data = urandom(size)
    line = {**asdict(stamp), "size": size, "sha256": hashlib.sha256(data).hexdigest()}
    return json.dumps(line).encode() + b"\n" + data


def read(body: bytes) -> Stamp | None:
    """Which write a body is of; None if it is not as it was sent."""
    line, _, data = body.partition(b"\n")
    try:
        told = json.loads(line)
        whole = told["size"] == len(data) and told["sha256"] == hashlib.sha256(data).hexdigest()
        return Stamp(told["tenant"], told["client"], told["number"]) if whole else None
    except (ValueError, LookupError, TypeError):
        return None

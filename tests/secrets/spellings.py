"""How a secret may be written down, and where it was."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import quote, quote_plus

# Shorter pieces would be found by chance.
_SHORTEST = 12


def spellings(secret: bytes) -> set[bytes]:
    """A secret as it is, in base64 and hexadecimal, as Python and JSON show it, and in a URL."""
    found = {
        secret,
        base64.b64encode(secret),
        base64.urlsafe_b64encode(secret),
        secret.hex().encode(),
        secret.hex().upper().encode(),
        repr(secret)[2:-1].encode(),
    }
    found |= {spelling.rstrip(b"=") for spelling in found}
    for spelling in tuple(found):
        found |= {quote(spelling).encode(), quote(spelling, safe="").encode()}
        found.add(quote_plus(spelling).encode())
    return {spelling for spelling in found if len(spelling) >= _SHORTEST}


def leaks(secrets: Mapping[str, bytes], written: Iterable[tuple[str, bytes]]) -> Iterator[str]:
    """Which secret stands where. The texts name neither's value.

    Args:
        secrets: by what they are called.
        written: what was written, by where.
    """
    all_spellings = {name: spellings(secret) for name, secret in secrets.items()}
    for where, text in written:
        for name, known in all_spellings.items():
            for spelling in known:
                at = text.find(spelling)
                if at >= 0:
                    before = text[max(0, at - 80) : at].decode(errors="replace")
                    yield f"{name} in {where}, after {before!r}"
                    break

"""Tenant keys as text that any S3 server stores, and no two alike.

A prefix takes ``[a-z0-9_-]`` with ``_`` as the escape character, a bucket name ``[a-z0-9-]`` with
``-``. The escape character is doubled; every other byte of the key's UTF-8 becomes the escape
character and two hex digits: ``Acme Corp`` is ``_41cme_20_43orp`` in a prefix, ``acme_corp`` is
``acme-5fcorp`` in a bucket name. Wildcards are escaped too, since a policy on a literal ``a*``
would open ``abc`` as well.

A key that would not fit is written as the start of what is readable in it, the escape character,
``h`` and 160 bits of its SHA-256 in base32. ``h`` follows an escape character nowhere else, so
the two forms never meet.
"""

import base64
import hashlib
import re

_DIGEST_BYTES = 20  # 160 bits: nobody finds two keys that share them
_READABLE_LENGTH = 20


class Alphabet:
    """What may stand for a tenant key in one place, and the character that escapes the rest."""

    def __init__(self, plain: str, escape: str) -> None:
        self.escape = escape
        mark = re.escape(escape)
        self._plain = re.compile(f"[{plain}]+")
        self._other = re.compile(f"[^{plain}]")
        self._piece = re.compile(f"[{plain}]+|{mark}(?:{mark}|[0-9a-f]{{2}})")
        self._shortened = re.compile(f"[a-z0-9]{{1,{_READABLE_LENGTH}}}{mark}h[a-z2-7]{{32}}")

    def encode(self, key: str) -> str:
        """Write ``key`` in this alphabet. No two keys give the same text."""
        if self._plain.fullmatch(key):
            return key
        return self._other.sub(self._escape, key)

    def _escape(self, match: re.Match[str]) -> str:
        character = match.group()
        if character == self.escape:
            return character * 2
        raw = character.encode("utf-8", "surrogatepass")
        return "".join(f"{self.escape}{byte:02x}" for byte in raw)

    def decode(self, text: str) -> str | None:
        """The key that :meth:`encode` writes as ``text``; None if it writes none so."""
        pieces = self._piece.findall(text)
        if not text or "".join(pieces) != text:
            return None
        raw = bytearray()
        for piece in pieces:
            if not piece.startswith(self.escape):
                raw += piece.encode()
            elif piece == self.escape * 2:
                raw += self.escape.encode()
            else:
                raw += bytes.fromhex(piece[1:])
        try:
            key = raw.decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            return None
        return key if self.encode(key) == text else None

    def shorten(self, key: str, *, readable: bool = True) -> str:
        """Write ``key`` in at most 54 characters that begin and end with a letter or digit.

        They begin with what is readable in it, or with ``t`` where nothing is, or is wanted.
        """
        digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()[:_DIGEST_BYTES]
        start = re.sub("[^a-z0-9]", "", key.lower())[:_READABLE_LENGTH] if readable else ""
        return f"{start or 't'}{self.escape}h{base64.b32encode(digest).decode().lower()}"

    def shortens_to(self, key: str, text: str) -> bool:
        """Whether ``text`` is one of the two forms that :meth:`shorten` gives ``key``."""
        return text in {self.shorten(key), self.shorten(key, readable=False)}

    def is_shortened(self, text: str) -> bool:
        """Whether ``text`` has the form that :meth:`shorten` gives; its key cannot be read."""
        return self._shortened.fullmatch(text) is not None


IN_PREFIX = Alphabet(plain="a-z0-9-", escape="_")
IN_BUCKET = Alphabet(plain="a-z0-9", escape="-")

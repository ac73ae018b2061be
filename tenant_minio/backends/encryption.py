"""Server-side encryption as the option ``sse`` says it, and as S3 wants it.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/serv-side-encryption.html
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from minio.sse import Sse

ENCRYPTION = "x-amz-server-side-encryption"
KMS_KEY_ID = f"{ENCRYPTION}-aws-kms-key-id"
_CONTEXT = f"{ENCRYPTION}-context"
CUSTOMER_ALGORITHM = f"{ENCRYPTION}-customer-algorithm"
_CUSTOMER_KEY = f"{ENCRYPTION}-customer-key"
_CUSTOMER_KEY_MD5 = f"{ENCRYPTION}-customer-key-md5"
_CUSTOMER = frozenset({CUSTOMER_ALGORITHM, _CUSTOMER_KEY, _CUSTOMER_KEY_MD5})

_KINDS: Mapping[str, frozenset[str]] = {
    "S3": frozenset({"type"}),
    "KMS": frozenset({"type", "key_id", "context"}),
    "C": frozenset({"type", "key"}),
}


class Hidden(str):
    """Text that is sent but not shown, where an error's page tells the values of each frame."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'...'"


@dataclass(frozen=True, slots=True)
class Encryption:
    """One way to encrypt.

    Args:
        headers: of the request that makes an object.
        key_headers: of every other request for the object or its parts; only a customer's own key
            (SSE-C) is sent again.
    """

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    key_headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def read(cls, given: Any) -> Encryption:
        """Read what an option holds, or what its callable gave.

        Args:
            given: ``{"type": "S3"}``, ``{"type": "KMS", "key_id": ..., "context": {...}}``,
                ``{"type": "C", "key": ...}`` with 32 bytes or their base64, or one of
                ``minio.sse``.

        Raises:
            ValueError: it is none of these; the text repeats no value.
        """
        if isinstance(given, Encryption):
            return given
        if isinstance(given, Sse):
            return cls._of({name.lower(): value for name, value in given.headers().items()})
        if not isinstance(given, Mapping) or given.get("type") not in _KINDS:
            raise ValueError("its type is not 'S3', 'KMS' or 'C'")
        kind = given["type"]
        unknown = sorted(map(str, set(given) - _KINDS[kind]))
        if unknown:
            raise ValueError(f"type {kind!r} takes no {unknown[0]!r}")
        if kind == "S3":
            return cls._of({ENCRYPTION: "AES256"})
        if kind == "KMS":
            return cls._of(_kms(given.get("key_id"), given.get("context")))
        return cls._of(_customer(given.get("key")))

    @classmethod
    def _of(cls, headers: Mapping[str, str]) -> Encryption:
        key_headers = {name: Hidden(v) for name, v in headers.items() if name in _CUSTOMER}
        return cls({**headers, **key_headers}, key_headers)


def _kms(key_id: object, context: object) -> dict[str, str]:
    headers = {ENCRYPTION: "aws:kms"}
    if key_id is not None:
        if not isinstance(key_id, str) or not key_id:
            raise ValueError("'key_id' is no text")
        headers[KMS_KEY_ID] = key_id
    if context is not None:
        if not isinstance(context, Mapping) or not all(
            isinstance(text, str) for item in context.items() for text in item
        ):
            raise ValueError("'context' is no dict of texts")
        as_json = json.dumps(dict(context), sort_keys=True).encode()
        headers[_CONTEXT] = base64.b64encode(as_json).decode()
    return headers


def _customer(key: object) -> dict[str, str]:
    if isinstance(key, str):
        try:
            key = base64.b64decode(key, validate=True)
        except (binascii.Error, ValueError):
            raise ValueError("'key' is no base64") from None
    if not isinstance(key, bytes) or len(key) != 32:
        raise ValueError("'key' is not 32 bytes")
    # MD5 is what the protocol compares the key by.
    digest = hashlib.md5(key, usedforsecurity=False).digest()
    return {
        CUSTOMER_ALGORITHM: "AES256",
        _CUSTOMER_KEY: base64.b64encode(key).decode(),
        _CUSTOMER_KEY_MD5: base64.b64encode(digest).decode(),
    }

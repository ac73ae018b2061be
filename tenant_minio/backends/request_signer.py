"""Signatures of requests, in the Authorization header.

AWS Signature Version 4, written out directly:
https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
The key of a day is derived once and not for every request.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from hmac import digest
from urllib.parse import SplitResult

_SPACES = re.compile(r" {2,}")
# Proxies may change them on the way.
_UNSIGNED = frozenset({"authorization", "user-agent"})
# Days, regions and secrets in use at a time.
_KEPT_KEYS = 256


class RequestSigner:
    """Signs requests, with whatever credentials each is to have. Pure: no network, no clock."""

    def __init__(self) -> None:
        self._key = lru_cache(_KEPT_KEYS)(_day_key)

    def authorization(
        self,
        method: str,
        url: SplitResult,
        headers: Mapping[str, str],
        *,
        access_key: str,
        secret_key: str,
        region: str,
    ) -> str:
        """The value of the header.

        Args:
            method: of HTTP.
            url: percent-encoded.
            headers: all that are sent; ``x-amz-date`` and ``x-amz-content-sha256`` among them.
            access_key, secret_key: what to sign with. A session token stands in the headers.
            region: of the bucket.
        """
        lowered = {name.lower(): value for name, value in headers.items()}
        names = sorted(lowered.keys() - _UNSIGNED)
        listed = "".join([f"{name}:{_trimmed(lowered[name])}\n" for name in names])
        signed = ";".join(names)
        query = _sorted(url.query) if url.query else ""
        request = (
            f"{method}\n{url.path or '/'}\n{query}\n{listed}\n{signed}\n"
            f"{lowered['x-amz-content-sha256']}"
        )
        stamp = lowered["x-amz-date"]
        scope = f"{stamp[:8]}/{region}/s3/aws4_request"
        text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{sha256(request.encode()).hexdigest()}"
        signature = digest(self._key(secret_key, scope), text.encode(), "sha256").hex()
        return (
            f"AWS4-HMAC-SHA256 Credential={access_key}/{scope}, "
            f"SignedHeaders={signed}, Signature={signature}"
        )


def _day_key(secret_key: str, scope: str) -> bytes:
    key = ("AWS4" + secret_key).encode()
    for part in scope.split("/"):
        key = digest(key, part.encode(), "sha256")
    return key


def _trimmed(value: str) -> str:
    return (_SPACES.sub(" ", value) if "  " in value else value).strip()


def _sorted(query: str) -> str:
    return "&".join(sorted(query.split("&"), key=lambda pair: pair.split("=")))

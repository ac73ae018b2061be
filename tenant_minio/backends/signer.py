"""Presigned URLs without the network.

AWS Signature Version 4 with query parameters, written out directly:
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
What changes from second to second or from day to day is made once; from URL to URL only the path
and the response headers change.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from hmac import digest
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from _hashlib import HASH

# The only response headers that S3 lets a URL ask for.
RESPONSE_HEADERS = frozenset(
    {
        "response-cache-control",
        "response-content-disposition",
        "response-content-encoding",
        "response-content-language",
        "response-content-type",
        "response-expires",
    }
)

# Parameters of a URL, sorted by name; a tuple, so that it can stand in the key of a cache.
Query = tuple[tuple[str, str], ...]

# What percent-encoding leaves as it is, nearly every key: asking saves half of quote's time.
_UNRESERVED = re.compile(r"[A-Za-z0-9_.~/-]*")
# A page asks for one life or a few; each has a signing time of its own.
_KEPT_TERMS = 64


@dataclass(frozen=True, slots=True)
class Address:
    """Where the URLs of one bucket lead.

    Args:
        origin: scheme and host, ``https://s3.example.com``.
        host: as it is signed, with the port where the URL has one.
        root: the path before the key, percent-encoded: ``/bucket/``, or ``/`` where the host
            names the bucket.
    """

    origin: str
    host: str
    root: str


@dataclass(frozen=True, slots=True)
class _Terms:
    """What all URLs of one signing time and life have in common."""

    # The parameters as they are signed, and as they stand in the URL, up to the signature.
    signed: str
    shown: str
    # HMAC's two states: before the hash of the request, and before the inner digest.
    inner: HASH
    outer: HASH


def signing_time(now: float, expires: int, window: int) -> int:
    """``now`` rounded down, so that a URL stays the same within a window.

    The window is at most a quarter of the URL's life, so three quarters of it are always left.
    Times are in seconds.
    """
    width = min(window, expires // 4) or 1
    return int(now) // width * width


def quoted(key: str) -> str:
    """A key as it stands in the path of a URL."""
    return key if _UNRESERVED.fullmatch(key) else quote(key)


class Signer:
    """Signs URLs with one set of credentials. Pure: no network, no clock.

    Args:
        access_key, secret_key, session_token: what to sign with.
        region: of the buckets.
        kept_terms: of how many signing times and lives the common parts are kept.
    """

    def __init__(
        self,
        *,
        access_key: str,
        secret_key: str,
        session_token: str | None,
        region: str,
        kept_terms: int = _KEPT_TERMS,
    ) -> None:
        self._access_key = access_key
        self._secret = ("AWS4" + secret_key).encode()
        self._region = region
        self._session_token = session_token
        self._token = (
            f"X-Amz-Security-Token={quote(session_token, safe='')}&" if session_token else ""
        )
        self._terms = lru_cache(kept_terms)(self._make_terms)

    def presign(
        self,
        method: str,
        address: Address,
        key: str,
        *,
        at: int,
        expires: int,
        query: Query = (),
        headers: Query = (),
    ) -> str:
        """A URL that anyone can use for ``expires`` seconds after ``at`` (seconds since epoch).

        Args:
            method: the HTTP method that it is good for.
            address: of the bucket; the host is signed.
            key: not yet percent-encoded.
            at: the signing time.
            expires: its life in seconds.
            query: further parameters, which are signed too; their names stand after ``X-Amz-``.
            headers: that the request must have, in lower case.
        """
        names, lines = "host", f"host:{address.host}"
        if headers:
            every = sorted([("host", address.host), *headers])
            names = ";".join(name for name, _value in every)
            lines = "\n".join(f"{name}:{value}" for name, value in every)
        terms = self._terms(at, expires, names)
        path = address.root + quoted(key)
        signed, extra = terms.signed, ""
        if query:
            extra = "".join([f"{name}={quote(value, safe='')}&" for name, value in query])
            signed = f"{signed}&{extra[:-1]}"
        request = f"{method}\n{path}\n{signed}\n{lines}\n\n{names}\nUNSIGNED-PAYLOAD"
        # HMAC from its prepared states: hmac.digest() takes 0.9 µs more to set itself up.
        inner = terms.inner.copy()
        inner.update(sha256(request.encode()).hexdigest().encode())
        outer = terms.outer.copy()
        outer.update(inner.digest())
        # The order of minio-py, so that the two can be compared byte for byte.
        return f"{address.origin}{path}?{self._token}{extra}{terms.shown}{outer.hexdigest()}"

    def form_fields(self, at: int) -> dict[str, str]:
        """What a form that is signed at ``at`` (seconds since epoch) says of its signature."""
        stamp, scope = self._stamp_and_scope(at)
        fields = {
            "x-amz-algorithm": "AWS4-HMAC-SHA256",
            "x-amz-credential": f"{self._access_key}/{scope}",
            "x-amz-date": stamp,
        }
        if self._session_token:
            fields["x-amz-security-token"] = self._session_token
        return fields

    def sign_policy(self, policy: str, at: int) -> str:
        """The signature of a form's policy, in base64, at ``at`` (seconds since epoch)."""
        _stamp, scope = self._stamp_and_scope(at)
        return digest(self._signing_key(scope), policy.encode(), "sha256").hex()

    def _stamp_and_scope(self, at: int) -> tuple[str, str]:
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(at))
        return stamp, f"{stamp[:8]}/{self._region}/s3/aws4_request"

    def _signing_key(self, scope: str) -> bytes:
        key = self._secret
        for part in scope.split("/"):
            key = digest(key, part.encode(), "sha256")
        return key

    def _make_terms(self, at: int, expires: int, names: str) -> _Terms:
        stamp, scope = self._stamp_and_scope(at)
        key = self._signing_key(scope)
        # RFC 2104, section 4: the states after the padded key can be kept instead of the key.
        block = key.ljust(64, b"\0")
        inner = sha256(bytes(byte ^ 0x36 for byte in block))
        inner.update(f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n".encode())
        head = (
            f"X-Amz-Algorithm=AWS4-HMAC-SHA256"
            f"&X-Amz-Credential={quote(f'{self._access_key}/{scope}', safe='')}"
            f"&X-Amz-Date={stamp}&X-Amz-Expires={expires}&"
        )
        tail = f"X-Amz-SignedHeaders={quote(names, safe='')}"
        return _Terms(
            # The signature is over sorted parameters: upper case stands before response-*.
            signed=f"{head}{self._token}{tail}",
            shown=f"{head}{tail}&X-Amz-Signature=",
            inner=inner,
            outer=sha256(bytes(byte ^ 0x5C for byte in block)),
        )

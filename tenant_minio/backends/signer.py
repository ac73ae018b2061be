"""Presigned URLs without the network.

AWS Signature Version 4 with query parameters, written out directly:
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
The day's signing key is derived once, and only the path and the query change from URL to URL.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable, Mapping
from urllib.parse import quote

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


def signing_time(now: float, expires: int, window: int) -> int:
    """``now`` rounded down, so that a URL stays the same within a window.

    The window is at most a quarter of the URL's life, so three quarters of it are always left.
    Times are in seconds.
    """
    width = max(1, min(window, expires // 4))
    return int(now) // width * width


class Signer:
    """Signs URLs for one backend.

    Args:
        access_key, secret_key, session_token: what to sign with.
        region: of the buckets.
        clock: seconds since the epoch.
    """

    def __init__(
        self,
        *,
        access_key: str,
        secret_key: str,
        session_token: str | None,
        region: str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._access_key = access_key
        self._secret = ("AWS4" + secret_key).encode()
        self._token = session_token
        self._region = region
        self.clock = clock
        self._day: tuple[str, str, bytes] = ("", "", b"")

    def presign(
        self,
        method: str,
        scheme: str,
        host: str,
        path: str,
        *,
        at: int,
        expires: int,
        query: Mapping[str, str] | None = None,
    ) -> str:
        """A URL that anyone can use for ``expires`` seconds after ``at`` (seconds since epoch).

        Args:
            method: the HTTP method that it is good for.
            scheme, host: where it leads; the host is signed.
            path: not yet percent-encoded.
            at: the signing time.
            expires: its life in seconds.
            query: further parameters, which are signed too.
        """
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(at))
        scope, credential, key = self._signing_key(stamp[:8])
        path = quote(path)
        head = (
            f"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={credential}&X-Amz-Date={stamp}"
            f"&X-Amz-Expires={expires}"
        )
        tail = "X-Amz-SignedHeaders=host"
        token = f"X-Amz-Security-Token={quote(self._token, safe='')}&" if self._token else ""
        extra = "".join(
            f"{name}={quote(value, safe='')}&" for name, value in sorted((query or {}).items())
        )
        # The signature is over sorted parameters: upper case stands before response-*.
        canonical = f"{head}&{token}{tail}&{extra}"[:-1]
        request = f"{method}\n{path}\n{canonical}\nhost:{host}\n\nhost\nUNSIGNED-PAYLOAD"
        digest = hashlib.sha256(request.encode()).hexdigest()
        signature = hmac.digest(
            key, f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{digest}".encode(), "sha256"
        ).hex()
        # The order of minio-py, so that the two can be compared byte for byte.
        return f"{scheme}://{host}{path}?{token}{extra}{head}&{tail}&X-Amz-Signature={signature}"

    def _signing_key(self, day: str) -> tuple[str, str, bytes]:
        """Scope, encoded credential and key of a day; one tuple, so that threads see one whole."""
        kept = self._day
        if not kept[0].startswith(day):
            scope = f"{day}/{self._region}/s3/aws4_request"
            key = self._secret
            for part in scope.split("/"):
                key = hmac.digest(key, part.encode(), "sha256")
            credential = quote(f"{self._access_key}/{scope}", safe="")
            self._day = kept = (scope, credential, key)
        return kept

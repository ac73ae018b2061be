"""One download, as a browser makes it."""

from __future__ import annotations

import http.client
from dataclasses import dataclass
from time import perf_counter
from urllib.parse import urlsplit

from benchmarks.contestants.measures import WrongResultError

_PIECE = 2**20
_SEEN = (301, 302)


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a download took.

    Args:
        first: seconds from the request to the first byte of the file, redirects included.
        whole: seconds to the last one.
    """

    first: float
    whole: float


def fetch(url: str, headers: dict[str, str], expected: int, *, all_of_it: bool = True) -> Fetched:
    """Get a file of ``expected`` bytes; only its first byte unless ``all_of_it``.

    Raises:
        WrongResultError: it is not sent, or not all of it.
    """
    start = perf_counter()
    while True:
        parts = urlsplit(url)
        connection = http.client.HTTPConnection(parts.netloc, timeout=60)
        try:
            connection.request("GET", f"{parts.path}?{parts.query}", headers=headers)
            answer = connection.getresponse()
            if answer.status in _SEEN:
                # What is for the site is not for the cluster.
                url, headers = str(answer.headers["Location"]), {}
                continue
            if answer.status != 200:
                raise WrongResultError(
                    f"status {answer.status} for {parts.path}: {answer.read()[:500]!r}"
                )
            received = len(answer.read(1))
            first = perf_counter() - start
            buffer = bytearray(_PIECE)
            while all_of_it and (length := answer.readinto(buffer)):
                received += length
            if all_of_it and received != expected:
                raise WrongResultError(f"{url}: {received} bytes instead of {expected}")
            return Fetched(first, perf_counter() - start)
        finally:
            connection.close()

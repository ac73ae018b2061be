"""What was asked of the site and the clusters, and when."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass
from http import HTTPStatus

# Of a hundred things that a client does.
SHARES = {"save": 30, "read": 30, "url, fetch": 15, "delete": 15, "list": 8, "save in parts": 2}


@dataclass(frozen=True, slots=True)
class Asked:
    """One operation.

    Args:
        what: which one, of ``SHARES``; ``url`` is a URL that the site did not give.
        cluster: whose tenant it was for.
        began, ended: by the monotonic clock, in seconds.
        status: of HTTP; 0 where the connection ended before the answer did.
        error: how the site, or the client, calls what has failed.
    """

    what: str
    cluster: str
    began: float
    ended: float
    status: int = HTTPStatus.OK
    error: str = ""

    @property
    def well(self) -> bool:
        """Whether it was done."""
        return self.status in {HTTPStatus.OK, HTTPStatus.NO_CONTENT}

    @property
    def outcome(self) -> str:
        """How it ended, in a word or two."""
        return "done" if self.well else self.error or f"status {self.status}"


@dataclass(frozen=True, slots=True)
class Suffered:
    """A fault that came, and ended: the server was there again, or the network.

    Args:
        name: for people.
        cluster: which one suffered.
        began, ended: by the monotonic clock, in seconds.
    """

    name: str
    cluster: str
    began: float
    ended: float


class Traffic:
    """All of it. Safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked: list[Asked] = []

    def add(self, asked: Asked) -> None:
        """One more."""
        with self._lock:
            self._asked.append(asked)

    def all(self) -> list[Asked]:
        """What has ended until now."""
        with self._lock:
            return list(self._asked)

    def done(self, cluster: str, since: float) -> int:
        """How many operations on a cluster have begun since then, and are done."""
        return sum(
            asked.well and asked.cluster == cluster and asked.began >= since for asked in self.all()
        )

    def counts(self) -> dict[str, int]:
        """How many operations of each kind ended in each way."""
        return dict(sorted(Counter(f"{one.what}: {one.outcome}" for one in self.all()).items()))

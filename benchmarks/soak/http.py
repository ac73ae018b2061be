"""The site, from outside."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import urllib3
from urllib3.exceptions import HTTPError

from benchmarks.soak.words import ERROR_HEADER, TENANT_HEADER, WORKER_HEADER

# Far above what the site may take: it gives up its clusters long before.
_PATIENCE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back.

    Args:
        status: of HTTP; 0 where the connection ended before the answer did.
        body: whole.
        error: how the site calls what has failed.
        began, ended: by the monotonic clock, in seconds.
    """

    status: int
    body: bytes = b""
    error: str = ""
    began: float = 0.0
    ended: float = 0.0

    def told(self, what: str) -> Any:
        """A part of an answer in JSON."""
        return json.loads(self.body)[what]


class Site:
    """Asks once, and never again. Safe to use from many threads.

    Attributes:
        workers: the processes that have answered.
    """

    def __init__(self, origin: str, clients: int) -> None:
        self._origin = origin
        self._pool = urllib3.PoolManager(maxsize=clients, retries=False, timeout=_PATIENCE_SECONDS)
        self.workers: set[int] = set()

    def ask(self, method: str, path: str, tenant: str, body: bytes | None = None) -> Answer:
        """One request for a tenant."""
        return self._send(method, self._origin + path, {TENANT_HEADER: tenant}, body)

    def fetch(self, url: str) -> Answer:
        """Get what a signed URL leads to, as a browser does: the site is not asked."""
        return self._send("GET", url, {}, None)

    def _send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> Answer:
        began = time.monotonic()
        try:
            answer = self._pool.request(method, url, headers=headers, body=body)
        except HTTPError as error:
            return Answer(0, b"", type(error).__name__, began, time.monotonic())
        if WORKER_HEADER in answer.headers:
            self.workers.add(int(answer.headers[WORKER_HEADER]))
        failed = answer.headers.get(ERROR_HEADER, "")
        return Answer(answer.status, answer.data, failed, began, time.monotonic())

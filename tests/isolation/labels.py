"""Each request says whom the HARNESS makes it for, which the package under test cannot know.

The label stands in a variable of the thread: no ContextVar, so that what goes wrong with contexts
cannot go wrong with the label in the same way. It is sent as the User-Agent, which S3 does not
sign and both servers log.
"""

from __future__ import annotations

import http.client
import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from urllib3 import BaseHTTPResponse, PoolManager, Retry, Timeout

HARNESS = "the harness itself"
_START = "isolation/"

_local = threading.local()


@contextmanager
def acting(tenant: str) -> Iterator[None]:
    """What this thread asks for inside the block, it asks for ``tenant``. No ``yield`` inside."""
    before = getattr(_local, "tenant", None)
    _local.tenant = tenant
    try:
        yield
    finally:
        _local.tenant = before


class Labels:
    """The labels given out, so that it is known which requests a log must still name."""

    def __init__(self) -> None:
        self._numbers = itertools.count()
        self.sent: set[str] = set()
        self.gate: Callable[[str, str], object] | None = None
        self.held: list[http.client.HTTPConnection] = []

    def forget(self) -> None:
        """Begin anew, once all logs have arrived."""
        self.sent.clear()
        self.gate = None
        while self.held:
            self.held.pop().close()

    def number(self) -> str:
        """What no other request is called."""
        return str(next(self._numbers))

    def agent(self) -> str:
        """A User-Agent that no other request has."""
        tenant = getattr(_local, "tenant", None)
        start = f"{_START}{self.number()}"
        if tenant is None:
            return start  # without a space at its end, which servers cut off
        return f"{start} {quote(tenant, safe='')}"

    def make_pool(self) -> PoolManager:
        """The option ``http_client`` of the storages under test."""
        limits = Timeout(connect=5, read=60)
        return _LabelledPool(self, timeout=limits, retries=Retry(0, redirect=False), maxsize=32)

    def fetch(self, url: str, method: str = "GET") -> tuple[int, bytes]:
        """What a browser gets; the path is sent as it stands, without anyone's tidying up."""
        target = urlsplit(url)
        connection = http.client.HTTPConnection(target.netloc, timeout=60)
        self.held.append(connection)  # see _hang_up_late
        agent = self.agent()
        path = f"{target.path}?{target.query}" if target.query else target.path
        connection.request(method, path, headers={"User-Agent": agent})
        self.sent.add(agent)
        answer = connection.getresponse()
        return answer.status, answer.read()


class _LabelledPool(PoolManager):
    def __init__(self, labels: Labels, **settings: Any) -> None:
        super().__init__(**settings)
        self.labels = labels

    def urlopen(  # type: ignore[override]  # as PoolManager itself does
        self, method: str, url: str, redirect: bool = True, **kw: Any
    ) -> BaseHTTPResponse:
        agent = self.labels.agent()
        kw["headers"] = {**dict(kw.get("headers") or {}), "User-Agent": agent}
        if self.labels.gate is not None:
            self.labels.gate(method, url)
        answer = super().urlopen(method, url, redirect=redirect, **kw)
        self.labels.sent.add(agent)
        _hang_up_late(answer)
        return answer


def _hang_up_late(answer: BaseHTTPResponse) -> None:
    """Let what was read in part be read to its end before its connection is given up.

    MinIO does not log, one time in two, a request whose client has gone when it comes to logging:
    ``Send`` in its internal/logger/target/http selects between the queue and the end of the
    request's context.
    """
    close = answer.close

    def read_and_close() -> None:
        answer.drain_conn()
        close()

    answer.close = read_and_close  # type: ignore[method-assign]


def tenant_of(agent: str) -> str | None:
    """Whom a request was made for; None where it says nobody."""
    if not agent.startswith(_START):
        return None
    return unquote(agent.partition(" ")[2]) or None

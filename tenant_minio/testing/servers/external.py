"""Servers that already run and that the environment names."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from urllib.parse import unquote

from .errors import ServerError

URL = re.compile(
    r"(?P<scheme>https?)://(?P<access_key>[^:@/]+):(?P<secret_key>[^:@/]+)@(?P<endpoint>[^@/?#]+)/?"
)

# Which URLs are in use, so that two servers at once are two servers.
_taken: set[tuple[str, int]] = set()


@dataclass(frozen=True, slots=True)
class ExternalServer:
    """One S3 server of an environment variable, in use until it is released."""

    variable: str
    position: int
    endpoint: str
    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    secure: bool

    @property
    def name(self) -> str:
        return f"entry {self.position + 1} of {self.variable} ({self.endpoint})"

    def release(self) -> None:
        _taken.discard((self.variable, self.position))


def take_external(variable: str) -> ExternalServer | None:
    """Return the first server of ``variable`` that is not in use, or None if there is no more.

    The variable holds URLs of the form http://ACCESS_KEY:SECRET_KEY@host:port, separated by
    commas; a key is percent-encoded where it needs to be.

    Raises:
        ServerError: a URL has another form.
    """
    urls = [url.strip() for url in os.environ.get(variable, "").split(",") if url.strip()]
    for position, url in enumerate(urls):
        if (variable, position) not in _taken:
            server = _parse(variable, position, url)
            _taken.add((variable, position))
            return server
    return None


def _parse(variable: str, position: int, url: str) -> ExternalServer:
    match = URL.fullmatch(url)
    if match is None:
        # The URL itself stays out of the message: it holds a secret.
        raise ServerError(
            f"entry {position + 1} of {variable} must look like "
            "http://ACCESS_KEY:SECRET_KEY@host:port"
        )
    return ExternalServer(
        variable=variable,
        position=position,
        endpoint=match["endpoint"],
        access_key=unquote(match["access_key"]),
        secret_key=unquote(match["secret_key"]),
        secure=match["scheme"] == "https",
    )

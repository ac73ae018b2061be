"""How a file is sent, once a rule has let it: one class each, with ``serve(private_file)``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from django.http import HttpResponseBase

from tenant_minio.conf import load
from tenant_minio.exceptions import InvalidBackendError
from tenant_minio.private.files import PrivateFile
from tenant_minio.private.servers.cluster import RedirectServer, XAccelClusterServer
from tenant_minio.private.servers.local import XAccelServer, XSendfileServer
from tenant_minio.private.servers.streaming import StreamingServer

__all__ = [
    "SERVERS",
    "RedirectServer",
    "Server",
    "StreamingServer",
    "XAccelClusterServer",
    "XAccelServer",
    "XSendfileServer",
    "server_class",
]


class Server(Protocol):
    """Sends a file that may be sent.

    One whose answer's headers do not reach the browser together with the file says so with
    ``sends_headers = False``: nothing can be sandboxed there.
    """

    def serve(self, private_file: PrivateFile) -> HttpResponseBase:
        """The answer to GET or HEAD for the file. Raises FileNotFoundError.

        ``private_file.content_disposition`` and the headers that keep a browser safe are added
        afterwards, where they are not set.
        """


SERVERS: Mapping[str, type[Server]] = {
    "streaming": StreamingServer,
    "x-sendfile": XSendfileServer,
    "x-accel": XAccelServer,
    "x-accel-cluster": XAccelClusterServer,
    "redirect": RedirectServer,
}


def server_class(given: Any) -> type[Server]:
    """The server of a name, a dotted path or a class. Raises InvalidBackendError."""
    if given in SERVERS:
        return SERVERS[given]
    if isinstance(given, str) and "." not in given:
        raise InvalidBackendError(
            f"There is no server {given!r} for private files. There are {', '.join(SERVERS)}, or "
            f"the dotted path of a class of your own."
        )
    found: type[Server] = load(given, "PRIVATE") if isinstance(given, str) else given
    return found

"""Free TCP ports on the loopback interface."""

from __future__ import annotations

import secrets
import socket

# Below the ports that Linux (from 32768) and macOS (from 49152) give to outgoing connections: there
# a client that polls a stopped server could be given that server's own port, and keep it.
FIRST, LAST = 20_000, 32_000


def free_port() -> int:
    """Return a port of 127.0.0.1 that nothing listens on at this moment.

    Another process may take it before it is used: what binds it must be ready to ask again.
    """
    for _ in range(1000):
        # Not `random`: test plugins seed it, and then parallel test processes choose alike.
        port = FIRST + secrets.randbelow(LAST - FIRST)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError(f"no free port on 127.0.0.1 between {FIRST} and {LAST}")

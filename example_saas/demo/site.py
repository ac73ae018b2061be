"""Serves the vault on loopback from threads of this process."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler

HOST = "127.0.0.1"


class QuietHandler(WSGIRequestHandler):
    """Django's own, without a line for each request between the lines of the proof."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its parent's name
        pass


class Server(ThreadedWSGIServer):
    """Does not wait for idle browser connections when it is closed."""

    daemon_threads = True


@contextmanager
def serving(port: int) -> Iterator[int]:
    """Serves until the block ends; gives the port.

    :param port: 0 for any that is free.
    :raises OSError: the port is taken.
    """
    from example_saas.wsgi import application

    try:
        server = Server((HOST, port), QuietHandler)
    except OSError as error:
        raise OSError(error.errno, f"port {port}: {error.strerror}") from None
    # A real deployment has a web server for these two files.
    server.set_app(StaticFilesHandler(application))
    thread = threading.Thread(target=server.serve_forever, name="site", daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


def choose_port(preferred: int) -> int:
    """``preferred`` if nothing answers there, else 0.

    ``localhost`` may be ::1 as well, where another project would answer in our place.
    """
    try:
        with socket.create_connection(("localhost", preferred), timeout=0.5):
            return 0
    except OSError:
        return preferred

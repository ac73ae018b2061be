"""The proof's parts about private files and uploads, with the vault in uvicorn (``python -m``)."""

import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from example_saas.demo.__main__ import prepare, upload_all
from example_saas.demo.customers import accounts
from example_saas.demo.observation import Observation, refused
from example_saas.demo.services import running
from example_saas.demo.terminal import Terminal
from tenant_minio.testing.servers.ports import free_port


@contextmanager
def serving(port: int) -> Iterator[None]:
    """The vault under ASGI, in an event loop of a thread of its own."""
    config = uvicorn.Config("example_saas.asgi:application", port=port, log_level="warning")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.05)
        yield
    finally:
        server.should_exit = True
        thread.join()


def main() -> int:
    terminal, people, port = Terminal(sys.stdout), accounts(), free_port()
    with running() as services:
        os.environ.update(services.environment(people))
        prepare(terminal, people)
        from example_saas.demo.proof import pages, private, uploads

        with serving(port):
            world = upload_all(terminal, services, people, port)
            nowhere = refused("nowhere", "404", lambda: world.browsers["acme"].get("/x/").summary)
            seen: list[Observation] = [nowhere]
            for part in (
                *(pages.sessions, pages.addresses, pages.at_once),
                *(private.private_files, private.share_links, uploads.direct_uploads),
            ):
                seen += part(world)
    terminal.observations("Under ASGI", seen)
    return 0 if all(found.ok for found in seen) else 1


if __name__ == "__main__":
    sys.exit(main())

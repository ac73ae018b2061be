"""The demo's command line and its course.

Modules that need settings are imported once these can be read, after the servers have started.
"""

from __future__ import annotations

import argparse
import io
import os
import signal
import sys
import threading
from contextlib import ExitStack
from itertools import chain
from typing import TYPE_CHECKING

import psycopg
from django.core.management import CommandError, call_command

from example_saas.demo.browser import UnexpectedAnswerError
from example_saas.demo.customers import Account, accounts, create_customers
from example_saas.demo.services import Services, root_client, running
from example_saas.demo.site import choose_port, serving
from example_saas.demo.terminal import BOLD, DIM, Terminal
from tenant_minio.testing.servers import ServerError

if TYPE_CHECKING:
    from example_saas.demo.proof.world import World
    from example_saas.demo.uploads import Upload

DEFAULT_PORT = 8000


def main() -> int:
    """Runs the demo; 0 if all that it tried came out as it should, 1 otherwise, 130 if stopped."""
    parser = argparse.ArgumentParser(prog="python -m example_saas.demo", description=__doc__)
    course = parser.add_mutually_exclusive_group()
    course.add_argument("--once", action="store_true", help="stop after the proof")
    course.add_argument("--no-proof", action="store_true", help="open the site without it")
    parser.add_argument("--port", type=int, help=f"the site's port ({DEFAULT_PORT}, or any free)")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    terminal = Terminal(sys.stdout)
    try:
        return run(terminal, once=options.once, proof=not options.no_proof, port=options.port)
    except KeyboardInterrupt:
        terminal.line()
        return 130
    except (ServerError, CommandError, UnexpectedAnswerError, psycopg.Error, OSError) as error:
        terminal.verdict(f"{type(error).__name__}: {error}", good=False)
        return 1


def run(terminal: Terminal, *, once: bool, proof: bool, port: int | None) -> int:
    """Servers, customers, uploads, the proof, and then the site until someone ends it."""
    people = accounts()
    terminal.heading("A document vault for three customers on two MinIO clusters")
    with ExitStack() as stack:
        with terminal.step("PostgreSQL and two MinIO servers, eu and us"):
            services = stack.enter_context(running())
        os.environ.update(services.environment(people))
        prepare(terminal, people)
        port = choose_port(DEFAULT_PORT) if port is None else port
        port = stack.enter_context(serving(port))
        world = upload_all(terminal, services, people, port)
        failures = show_uploads(terminal, world.uploads)
        if proof:
            failures += show_proof(terminal, world)
        if failures:
            terminal.verdict(f"{len(failures)} did not come out as they should:", good=False)
            for failure in failures:
                terminal.line(f"  {failure}")
        else:
            terminal.verdict("All of it came out as it should.", good=True)
        if not once:
            keep_open(terminal, people, port)
    return 1 if failures else 0


def prepare(terminal: Terminal, people: list[Account]) -> None:
    """Migrates, creates the customers, and makes their buckets."""
    import django

    django.setup()
    with terminal.step("migrate_schemas --shared"):
        call_command("migrate_schemas", shared=True, verbosity=0)
    with terminal.step("A schema, a host name and a user for each customer"):
        create_customers(people)
    output = io.StringIO()
    try:
        with terminal.step("initialize_buckets --all-tenants"):
            call_command("initialize_buckets", all_tenants=True, stdout=output, stderr=output)
    except (CommandError, SystemExit):
        terminal.line(output.getvalue())
        raise


def upload_all(terminal: Terminal, services: Services, people: list[Account], port: int) -> World:
    """Signs in as each customer and uploads what it keeps."""
    from example_saas.demo.proof.world import World
    from example_saas.demo.uploads import sign_in, upload_samples

    with terminal.step("Uploads through the site's pages, as each customer"):
        browsers = {account.tenant: sign_in(account, port) for account in people}
        uploads = [upload_samples(account, browsers[account.tenant]) for account in people]
    return World(
        port=port,
        accounts={account.tenant: account for account in people},
        browsers=browsers,
        uploads=list(chain.from_iterable(uploads)),
        servers=services.clusters,
        judges={alias: root_client(server) for alias, server in services.clusters.items()},
    )


def show_uploads(terminal: Terminal, uploads: list[Upload]) -> list[str]:
    """Says where each file went; gives those that did not come back as they were."""
    terminal.heading("Where the files went")
    head = ["tenant", "backend", "bucket", "key", "size", "URL"]
    rows = [
        [
            *(upload.tenant, upload.backend, upload.bucket, upload.key),
            f"{len(upload.sample.content):,} B",
            f"{'works ' if upload.intact else 'FAILED'} {upload.url.partition('?')[0]}?...",
        ]
        for upload in uploads
    ]
    terminal.table(head, rows, right={4})
    terminal.heading("The signed URLs in full, each fetched and compared with what was uploaded")
    for upload in uploads:
        terminal.line(f"  {upload.url}", DIM)
    return [
        f"{upload.key} of {upload.tenant}: its URL answered {upload.fetched.status}"
        for upload in uploads
        if not upload.intact
    ]


def show_proof(terminal: Terminal, world: World) -> list[str]:
    """Tries to get at other tenants' files; gives what came out otherwise than it should."""
    from example_saas.demo.proof import PARTS

    failures = []
    for title, part in PARTS:
        observations = list(part(world))
        terminal.observations(title, observations)
        failures += [f"{title}: {found.what}" for found in observations if not found.ok]
    return failures


def keep_open(terminal: Terminal, people: list[Account], port: int) -> None:
    """Says where the site is, and returns when it is told to end."""
    terminal.heading("The vault is open. Ctrl-C ends it and removes everything.")
    rows = [[f"http://localhost:{port}/", "the customers", ""]]
    rows += [
        [f"http://{account.host}:{port}/", account.username, account.password] for account in people
    ]
    terminal.table(["address", "user", "password"], rows, right=set())
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        terminal.line()
        terminal.line("Stopping.", BOLD)


if __name__ == "__main__":
    sys.exit(main())

"""One cluster ends at once, as by a power cut: its tenants wait, and the others notice nothing."""

import logging
from collections.abc import Iterator

from django_tenants.utils import schema_context

from example_saas.demo.observation import Observation, refused, works
from example_saas.demo.proof.world import EQUAL, World
from example_saas.demo.samples import Sample

DRAFT = Sample("draft.txt", "Draft", b"Written while a cluster is away.")


def outage(world: World) -> Iterator[Observation]:
    """us is killed and started again; acme lives there, globex does not."""
    acme, globex = world.browsers["acme"], world.browsers["globex"]
    notes, other = world.upload("acme", "notes.txt"), world.upload("globex", "notes.txt")
    before = _documents("acme")
    server = world.servers["us"]
    # What the site has to say of this is expected, and would stand between the findings.
    logging.disable(logging.CRITICAL)
    server.kill()
    try:
        yield refused("acme uploads a file", "503, naming us", lambda: _upload(world, "acme"))
        yield works("acme's documents then, in the database", before, lambda: _documents("acme"))
        yield works("acme's list", "200", lambda: acme.get("/").summary)
        yield refused("acme opens its notes", "503", lambda: acme.get(notes.page).summary)
        yield works("globex opens its own", "200", lambda: globex.get(other.page).summary)
    finally:
        server.restart()
        logging.disable(logging.NOTSET)
    yield works("acme opens its notes, us being back", "200", lambda: acme.get(notes.page).summary)
    yield works("the file itself, in the bucket", EQUAL, lambda: world.content(notes))


def _upload(world: World, tenant: str) -> str:
    answer = world.browsers[tenant].post("/upload/", {"title": DRAFT.title}, DRAFT)
    named = b'<b class="mono">us</b>' in answer.body
    return f"{answer.summary}{', naming us' if named else ''}"


def _documents(tenant: str) -> str:
    from example_saas.vault.models import Document

    with schema_context(tenant):
        return ", ".join(Document.objects.order_by("file").values_list("file", flat=True))

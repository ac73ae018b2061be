"""Files that go to the cluster without passing through the site, step by step as a browser does."""

import json
import re
from collections.abc import Iterator
from html import unescape
from typing import Any

from example_saas.demo.browser import Browser, Response, send_form
from example_saas.demo.observation import Observation, refused, works
from example_saas.demo.proof.world import World
from example_saas.demo.samples import Sample

DRAFT = Sample("direct.txt", "Direct", b"Sent to the cluster itself.")
OTHER = Sample("direct.txt", "Direct", b"Something else, but as long")
LONGER = Sample("direct.txt", "Direct", DRAFT.content + b"!")
TAKEN = "204"
# The file that virus scanners are tested with, in two halves: this module is not one.
INFECTED = Sample(
    "test.com",
    "Test",
    rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-" + b"STANDARD-ANTIVIRUS-TEST-FILE!$H+H*",
)
FORM_AGAIN = "422, the form again"


def direct_uploads(world: World) -> Iterator[Observation]:
    """acme uploads a draft; others try to use what the page gave to acme, and acme to cheat."""
    acme, globex = world.browsers["acme"], world.browsers["globex"]
    begun = _begin(acme)
    yield refused("the cluster takes a longer file", "400", lambda: _sent(begun, LONGER))
    yield refused(
        "the cluster takes it at another key", "403", lambda: _sent(begun, DRAFT, key="docs/x.txt")
    )
    yield works("the cluster takes acme's draft", TAKEN, lambda: _sent(begun, DRAFT))
    yield refused(
        "globex confirms acme's upload",
        "403, not_permitted",
        lambda: _told(globex.ask("/uploads/finish/", {"token": begun["token"]})),
    )
    done = _json(acme.ask("/uploads/finish/", {"token": begun["token"]}))
    yield works("acme confirms it", f"{len(DRAFT.content)} bytes", lambda: f"{done['size']} bytes")
    form = {"title": DRAFT.title, "file": str(done["value"])}
    yield refused(
        "globex sends acme's value with its form",
        FORM_AGAIN,
        lambda: _form(globex.post("/upload/", form)),
    )
    saved = acme.post("/upload/", form)
    yield works(
        "acme sends it with its own, and the document's file is",
        "200, the draft",
        lambda: _content(acme.get(f"{saved.location}file/")),
    )
    yield refused("acme sends it once more", FORM_AGAIN, lambda: _form(acme.post("/upload/", form)))
    acme.post(f"{saved.location}delete/", {})


def infected_uploads(world: World) -> Iterator[Observation]:
    """The scanner is asked whichever way a file comes, and before anyone can get it."""
    acme = world.browsers["acme"]
    begun = _begin(acme, INFECTED)
    yield works("the cluster takes an infected file", TAKEN, lambda: _sent(begun, INFECTED))
    yield refused(
        "acme confirms it",
        "422, refused",
        lambda: _told(acme.ask("/uploads/finish/", {"token": begun["token"]})),
    )
    yield refused(
        "acme sends it with the form",
        FORM_AGAIN,
        lambda: _form(acme.post("/upload/", {"title": INFECTED.title}, INFECTED)),
    )


def replaced_uploads(world: World) -> Iterator[Observation]:
    """The cluster's form stays good for a while: what is sent then reaches no document."""
    acme = world.browsers["acme"]
    begun = _begin(acme)
    yield works("the cluster takes acme's draft", TAKEN, lambda: _sent(begun, DRAFT))
    done = _json(acme.ask("/uploads/finish/", {"token": begun["token"]}))
    yield works("and something else, once acme has confirmed", TAKEN, lambda: _sent(begun, OTHER))
    saved = acme.post("/upload/", {"title": DRAFT.title, "file": str(done["value"])})
    yield works(
        "the document's file then",
        "200, the draft",
        lambda: _content(acme.get(f"{saved.location}file/")),
    )
    acme.ask("/uploads/cancel/", {"token": begun["token"]})
    acme.post(f"{saved.location}delete/", {})


def _begin(browser: Browser, file: Sample = DRAFT) -> dict[str, Any]:
    """What the site answers to whoever wants to upload a file."""
    page = browser.get("/upload/").body.decode()
    target = re.search(r'data-target="([^"]+)"', page)
    question = {
        "target": unescape(target[1]) if target else "",
        "name": file.filename,
        "size": len(file.content),
    }
    return _json(browser.ask("/uploads/begin/", question))


def _sent(begun: dict[str, Any], file: Sample, **fields: str) -> str:
    form = begun["form"]
    return str(send_form(form["url"], {**form["fields"], **fields}, file).status)


def _json(response: Response) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(response.body)
    return found


def _told(response: Response) -> str:
    return f"{response.status}, {_json(response)['error']['code']}"


def _form(response: Response) -> str:
    again = b"The document is not in the vault yet" in response.body
    return f"{response.summary}, {'the form again' if again else 'something else'}"


def _content(response: Response) -> str:
    right = response.body == DRAFT.content
    return f"{response.status}, {'the draft' if right else 'other content'}"

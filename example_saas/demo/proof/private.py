"""What the site gives of the files themselves, whole and in parts, and to whom."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib.auth import get_user_model
from django_tenants.utils import schema_context

from example_saas.demo.browser import Browser, Response
from example_saas.demo.observation import Observation, refused, works
from example_saas.demo.proof.pages import SIGN_IN, stranger
from example_saas.demo.proof.world import World, verdict
from example_saas.demo.samples import Sample
from example_saas.demo.uploads import Upload, upload
from tenant_minio.private.sharing import share_token

NO_FILE = "404"
WHOLE = "200, content equal"


def private_files(world: World) -> Iterator[Observation]:
    """acme's clip, asked for by those who may have it and by those who may not."""
    acme, globex = world.browsers["acme"], world.browsers["globex"]
    clip = world.upload("acme", "launch.webm")
    path, size = f"{clip.page}file/", len(clip.sample.content)
    yield works("acme gets its clip", WHOLE, lambda: _seen(acme.get(path), clip))
    yield refused("globex gets it", NO_FILE, lambda: globex.get(path).summary)
    yield refused(
        "somebody who is not signed in", SIGN_IN, lambda: stranger(acme).get(path).summary
    )
    yield works(
        "acme's player asks for a part of it",
        f"206, bytes 100-299/{size}, the right bytes",
        lambda: _part(acme, path, clip, 100, 300),
    )
    yield refused(
        "a part that it does not have",
        f"416, bytes */{size}",
        lambda: _range(acme.get(path, {"Range": f"bytes={size}-"})),
    )
    yield refused(
        "globex asks for a part of it",
        NO_FILE,
        lambda: globex.get(path, {"Range": "bytes=100-299"}).summary,
    )
    etag = acme.get(path).headers["ETag"]
    yield works(
        "acme asks again for what it has",
        "304, without a body",
        lambda: _again(acme.get(path, {"If-None-Match": etag})),
    )


def kept_to_oneself(world: World) -> Iterator[Observation]:
    """A document that is for its uploader alone, though a colleague signs in at the same place."""
    grace = world.browsers["globex"]
    diary = upload("globex", grace, Sample("diary.txt", "Diary", b"Dear diary"), only_me=True)
    with _colleague(world, "globex") as colleague:
        yield works("the colleague's own list", "200", lambda: colleague.get("/").summary)
        yield works(
            "who uploaded it gets it", WHOLE, lambda: _seen(grace.get(f"{diary.page}file/"), diary)
        )
        for what, path in {
            "its page": diary.page,
            "the file": f"{diary.page}file/",
            "a download": f"{diary.page}download/",
            "a link": f"{diary.page}share/",
        }.items():
            yield refused(
                f"the colleague asks for {what}",
                NO_FILE,
                lambda path=path: colleague.get(path).summary,
            )
    grace.post(f"{diary.page}delete/", {})


@contextmanager
def _colleague(world: World, tenant: str) -> Iterator[Browser]:
    """Somebody else with an account there, signed in."""
    with schema_context(tenant):
        user = get_user_model().objects.create_user("colleague", password="only for a moment")
    try:
        browser = stranger(world.browsers[tenant])
        browser.sign_in("colleague", "only for a moment")
        yield browser
    finally:
        with schema_context(tenant):
            user.delete()


def share_links(world: World) -> Iterator[Observation]:
    """A link is enough for the one file that it was made for, at its customer's host."""
    acme, globex = world.browsers["acme"], world.browsers["globex"]
    plan = world.upload("acme", "plan.pdf")
    link = _link(acme, plan)
    swapped = _link(globex, world.upload("globex", "plan.pdf")).rpartition(":")[2]
    yield works(
        "acme's link, by somebody who is not signed in",
        WHOLE,
        lambda: _seen(stranger(acme).get(link), plan),
    )
    yield works(
        "a part of the file by it",
        f"206, bytes 0-3/{len(plan.sample.content)}, the right bytes",
        lambda: _part(stranger(acme), link, plan, 0, 4),
    )
    for what, other in {
        "with one character less": link[:-1],
        "with the signature of globex's link": f"{link.rpartition(':')[0]}:{swapped}",
        "without a signature": link.rpartition(":")[0],
        "that has ended": _ended_link(plan),
    }.items():
        yield refused(
            f"a link {what}", NO_FILE, lambda other=other: stranger(acme).get(other).summary
        )
    yield refused("acme's link at globex's host", NO_FILE, lambda: globex.get(link).summary)
    yield refused(
        "globex makes a link to it", NO_FILE, lambda: globex.get(f"{plan.page}share/").summary
    )


def _link(browser: Browser, shared: Upload) -> str:
    """The path of a link, as the page gives it."""
    page = browser.post(f"{shared.page}share/", {"life": "1"}).body.decode()
    link = re.search(r'value="http://[^/"]+(/shared/[^"]+)"', page)
    return link[1] if link else "no link on the page"


def _ended_link(shared: Upload) -> str:
    """The path of a link that was made for an hour, two hours ago."""
    token = share_token(
        shared.name, expires=3600, tenant=shared.tenant, clock=lambda: time.time() - 7200
    )
    return f"/shared/{token}"


def _seen(response: Response, of: Upload) -> str:
    return f"{response.summary}, {verdict(response.body, of)}"


def _part(browser: Browser, path: str, of: Upload, start: int, end: int) -> str:
    response = browser.get(path, {"Range": f"bytes={start}-{end - 1}"})
    right = response.body == of.sample.content[start:end]
    return f"{_range(response)}, {'the right bytes' if right else 'other bytes'}"


def _range(response: Response) -> str:
    return f"{response.status}, {response.headers.get('Content-Range', 'no part')}"


def _again(response: Response) -> str:
    return f"{response.status}, {'with' if response.body else 'without'} a body"

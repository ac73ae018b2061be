"""What the signed URLs open, beyond the site."""

import re
from collections.abc import Iterator
from urllib.parse import quote, urlsplit, urlunsplit

from example_saas.demo.browser import fetch
from example_saas.demo.observation import Observation, refused, works
from example_saas.demo.proof.world import World, verdict
from example_saas.demo.uploads import Upload


def signed_urls(world: World) -> Iterator[Observation]:
    """A signature holds for one key. globex and initech share a bucket: the hardest case."""
    own, other = world.upload("globex", "plan.pdf"), world.upload("initech", "plan.pdf")
    acme = world.upload("acme", "plan.pdf")

    def status(url: str) -> str:
        return fetch(url).summary

    def content(upload: Upload) -> str:
        response = fetch(upload.url)
        return f"{response.summary}, {verdict(response.body, upload)}"

    yield works("globex's URL as it was signed", "200, content equal", lambda: content(own))
    yield works("initech's URL, for the same bucket", "200, content equal", lambda: content(other))
    yield refused(
        "globex's URL with the key changed to initech's",
        "403",
        lambda: status(_moved(own.url, to=other)),
    )
    yield refused(
        "initech's key without a signature",
        "403",
        lambda: status(_moved(own.url, to=other, signed=False)),
    )
    yield refused(
        "globex's URL with a longer life",
        "403",
        lambda: status(_longer(own.url)),
    )
    yield works("acme's URL, on the other cluster", "200, content equal", lambda: content(acme))
    yield refused(
        "acme's URL with the key changed to another of acme's own",
        "403",
        lambda: status(_moved(acme.url, to=world.upload("acme", "notes.txt"))),
    )
    yield refused(
        "globex's signature on acme's address",
        "403",
        lambda: status(_moved(own.url, to=acme, at=acme.url)),
    )


def _longer(url: str) -> str:
    """``url`` with one more second to live."""
    return re.sub(r"(?<=X-Amz-Expires=)\d+", lambda life: str(int(life[0]) + 1), url)


def _moved(url: str, *, to: Upload, at: str = "", signed: bool = True) -> str:
    """``url`` with another key, and where asked at another's endpoint or without its query."""
    parts = urlsplit(url)
    endpoint = urlsplit(at or url).netloc
    path = quote(f"/{to.bucket}/{to.key}")
    return urlunsplit((parts.scheme, endpoint, path, parts.query if signed else "", ""))

"""Deleting a file of one tenant, where another has one of the same name."""

from collections.abc import Iterator

from example_saas.demo.observation import Observation, refused, works
from example_saas.demo.proof.world import EQUAL, GONE, World
from example_saas.demo.samples import GREEN, Sample, bars
from example_saas.demo.uploads import upload


def deleting(world: World) -> Iterator[Observation]:
    """globex and initech both keep a draft; each can delete its own only."""
    globex, initech = world.browsers["globex"], world.browsers["initech"]
    own, other = (
        upload(tenant, browser, Sample("draft.txt", "Draft", f"A draft of {tenant}".encode()))
        for tenant, browser in {"globex": globex, "initech": initech}.items()
    )
    yield refused(
        "globex deletes initech's draft",
        "404",
        lambda: globex.post(f"{other.page}delete/", {}).summary,
    )
    yield works(
        "globex deletes its own draft",
        "302 to /",
        lambda: globex.post(f"{own.page}delete/", {}).summary,
    )
    yield works(f"its object {own.key}", GONE, lambda: world.content(own))
    yield works(f"initech's, {other.key}", EQUAL, lambda: world.content(other))
    yield works("initech opens its draft", "200", lambda: initech.get(other.page).summary)
    yield works(
        "initech deletes it",
        "302 to /",
        lambda: initech.post(f"{other.page}delete/", {}).summary,
    )
    yield works(f"its object {other.key}", GONE, lambda: world.content(other))
    picture = upload("globex", globex, Sample("draft.png", "Draft", bars([3, 1, 2], GREEN)))
    place = world.accounts["globex"].place
    yield works(
        "the thumbnail of globex's picture, in the bucket",
        "there",
        lambda: _whether(picture.thumbnail in world.keys(place)),
    )
    globex.post(f"{picture.page}delete/", {})
    yield works(
        "once globex has deleted the picture",
        GONE,
        lambda: _whether(picture.thumbnail in world.keys(place)),
    )


def _whether(there: bool) -> str:
    return "there" if there else GONE

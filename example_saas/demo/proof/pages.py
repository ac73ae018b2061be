"""What the site's pages give to whom."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from example_saas.demo.browser import Browser
from example_saas.demo.observation import Observation, refused, works
from example_saas.demo.proof.world import World

SIGN_IN = "302 to /sign-in/"
THREADS = 6
ROUNDS = 20


def sessions(world: World) -> Iterator[Observation]:
    """A cookie or a password of one customer is nothing at another's."""
    acme, globex = world.browsers["acme"], world.browsers["globex"]
    ada = world.accounts["acme"]
    page = world.upload("acme", "plan.pdf").page
    thief = Browser(globex.host, world.port)
    thief.cookies = dict(acme.cookies)
    yield works("acme's session opens acme's document", "200", lambda: acme.get(page).summary)
    yield refused("the same cookie, sent to globex", SIGN_IN, lambda: thief.get("/").summary)
    yield refused("no cookie at all, at acme", SIGN_IN, lambda: stranger(acme).get(page).summary)
    yield works(
        f"{ada.username}'s password signs in at acme",
        "302 to /",
        lambda: stranger(acme).sign_in(ada.username, ada.password).summary,
    )
    yield refused(
        "the same name and password at globex",
        "200, the form again",
        lambda: f"{stranger(globex).sign_in(ada.username, ada.password).summary}, the form again",
    )


def addresses(world: World) -> Iterator[Observation]:
    """An address of one customer's document leads nowhere at another's."""
    globex = world.browsers["globex"]
    own, other = world.upload("globex", "plan.pdf").page, world.upload("acme", "plan.pdf").page
    yield works("globex opens its own document", "200", lambda: globex.get(own).summary)
    yield refused("globex opens acme's", "404", lambda: globex.get(other).summary)
    cluster_path = f"/{world.upload('globex', 'plan.pdf').bucket}/"
    cluster_path += world.upload("globex", "plan.pdf").key
    yield works(
        "globex downloads its own document",
        f"302 to {cluster_path}",
        lambda: globex.get(f"{own}download/").summary,
    )
    yield refused("globex downloads acme's", "404", lambda: globex.get(f"{other}download/").summary)
    yield works(
        "globex's delete page for its own", "200", lambda: globex.get(f"{own}delete/").summary
    )
    yield refused(
        "globex's delete page for acme's", "404", lambda: globex.get(f"{other}delete/").summary
    )


def at_once(world: World) -> Iterator[Observation]:
    """Threads that serve all customers in turn never mix them up."""
    pages = {
        tenant: [upload.page for upload in world.uploads if upload.tenant == tenant]
        for tenant in world.browsers
    }

    def look(tenant: str) -> tuple[bool, bool]:
        body = world.browsers[tenant].get("/").body.decode()
        others = [page for other in pages if other != tenant for page in pages[other]]
        return all(page in body for page in pages[tenant]), any(page in body for page in others)

    with ThreadPoolExecutor(THREADS) as pool:
        seen = list(pool.map(look, list(pages) * ROUNDS))
    own, foreign = (sum(column) for column in zip(*seen, strict=True))
    total = len(seen)
    yield works(
        f"{total} lists for {len(pages)} tenants by {THREADS} threads show their own documents",
        f"{total} of {total}",
        lambda: f"{own} of {total}",
    )
    yield refused("lists that show a document of another tenant", "0", lambda: str(foreign))


def stranger(browser: Browser) -> Browser:
    """A browser at the same host that has never been there."""
    return Browser(browser.host, browser.port)

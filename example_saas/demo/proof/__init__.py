"""Tries to open one tenant's files as another, and shows beside each try that its owner can."""

from collections.abc import Callable, Iterator

from example_saas.demo.observation import Observation
from example_saas.demo.proof import (
    buckets,
    deletion,
    names,
    outage,
    pages,
    private,
    transactions,
    uploads,
    urls,
)
from example_saas.demo.proof.world import World

_METHODS = ", ".join(names.METHODS)

PARTS: list[tuple[str, Callable[[World], Iterator[Observation]]]] = [
    ("Sessions and passwords", pages.sessions),
    ("Documents by their address", pages.addresses),
    ("Many requests at once", pages.at_once),
    ("Private files, through the site", private.private_files),
    ("Documents that somebody keeps to themselves", private.kept_to_oneself),
    ("Share links", private.share_links),
    ("Uploads from the browser to the cluster", uploads.direct_uploads),
    ("Uploads that a scanner refuses", uploads.infected_uploads),
    ("Uploads that change after they were confirmed", uploads.replaced_uploads),
    ("Signed URLs", urls.signed_urls),
    ("The same name for every tenant", names.same_name),
    (f"Names that try to leave globex, by {_METHODS}", names.unsafe_names),
    (f"Outside a tenant, by {_METHODS}", names.no_tenant),
    ("Deleting", deletion.deleting),
    ("Rows and objects together", transactions.transactions),
    ("What the clusters hold, by their own root's listing", buckets.listings),
    ("While the us cluster is away", outage.outage),
]
"""In the order in which they are shown."""

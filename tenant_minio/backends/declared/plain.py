"""The buckets of an entry that no tenant owns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tenant_minio.backends.declared.faults import Faults
from tenant_minio.routing.route import Route
from tenant_minio.routing.template import SLOT, Template

_LISTS = ("private_buckets", "public_buckets")
PLAIN_OPTIONS = frozenset({"bucket", "prefix", "public", *_LISTS})


def read_buckets(faults: Faults, options: Mapping[str, Any]) -> tuple[Route | None, list[Route]]:
    """The storage's own location, if it has one, and those of all its buckets.

    ``bucket`` (with ``prefix``) is the storage's own. ``private_buckets`` and ``public_buckets``
    are further ones, whole; where they name ``bucket`` too, they say whether it is public.
    """
    listed = {name: _names(faults, name, options.get(name)) for name in _LISTS}
    for bucket in listed["private_buckets"]:
        if bucket in listed["public_buckets"]:
            faults.add(
                "E016",
                f"declares the bucket {bucket!r} private and public.",
                "Leave it in one of 'private_buckets' and 'public_buckets'.",
            )
    own = _own(faults, options, listed)
    routes = [] if own is None else [own]
    for name, buckets in listed.items():
        for bucket in buckets:
            route = Route(faults.alias, bucket, public=name == "public_buckets")
            if own is not None and bucket == own.bucket:
                continue
            if not _faulty(faults, f"{name!r}: ", Template(route.backend, bucket)):
                routes.append(route)
    return own, routes


def _own(
    faults: Faults, options: Mapping[str, Any], listed: Mapping[str, list[str]]
) -> Route | None:
    bucket = options.get("bucket")
    if not bucket:
        for name in ("prefix", "public"):
            if options.get(name):
                faults.add("E003", f"has {name!r} but no 'bucket'.", "Name the bucket.")
        return None
    said = {name == "public_buckets" for name, buckets in listed.items() if bucket in buckets}
    public = options.get("public", True in said)
    if said and public not in said:
        faults.add(
            "E016",
            f"has 'public': {public!r}, but lists its bucket {bucket!r} as "
            f"{'public' if True in said else 'private'}.",
            "Leave out 'public', or take the bucket out of the list.",
        )
        return None
    route = Template(faults.alias, bucket, options.get("prefix", ""), public)
    if _faulty(faults, "", route):
        return None
    return Route(route.backend, route.bucket, route.prefix, route.public)


def _names(faults: Faults, option: str, given: object) -> list[str]:
    if given is None:
        return []
    if isinstance(given, str) or not isinstance(given, list | tuple | set | frozenset):
        faults.add("E005", f"{option!r}: {given!r} is no list.", "It takes a list of buckets.")
        return []
    for name in given:
        if not isinstance(name, str):
            faults.add("E005", f"{option!r}: {name!r} is not valid.", "A bucket is a str.")
    return list(dict.fromkeys(name for name in given if isinstance(name, str)))


def _faulty(faults: Faults, where: str, route: Template) -> bool:
    if faults.in_route(where, route):
        return True
    if SLOT in route.bucket + route.prefix:
        hint = "Use tenant_minio.RoutingStorage for what depends on the tenant."
        faults.add("E008", f"{where}is a plain storage, but its location has {SLOT}.", hint)
        return True
    return False

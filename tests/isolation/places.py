"""The tenants, the settings that route them, and where each of them must be.

TABLE is written by hand, from what docs/routing.md says. Nothing in it is computed by the package.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tenant_minio import Route

from .judge import Place

LONG, LONGER = "x" * 300, "x" * 299 + "y"  # alike but for the last character

_IN_SHARED = {
    "acme": "acme",
    "globex": "globex",
    # Beginnings of each other.
    "acm": "acm",
    "acme2": "acme2",
    # Case.
    "Acme": "_41cme",
    "ACME": "_41_43_4d_45",
    # Separators.
    "acme-x": "acme-x",
    "acme_x": "acme__x",
    "acme x": "acme_20x",
    "acme.x": "acme_2ex",
    "acme/x": "acme_2fx",
    # What another key is written as.
    "_41cme": "__41cme",
    "a_2a": "a__2a",
    # Wildcards.
    "*": "_2a",
    "a*": "a_2a",
    "a?": "a_3f",
    # Unicode: one letter in the forms NFC and NFD, and one that NFKC makes two.
    "\u00e9": "_c3_a9",
    "e\u0301": "e_cc_81",
    "\ufb01": "_ef_ac_81",
    "fi": "fi",
    # Ways up.
    "..": "_2e_2e",
    "../acme": "_2e_2e_2facme",
    # Length.
    LONG: "xxxxxxxxxxxxxxxxxxxx_hbvhczkpjzphnpj5fhahlfhq2g6b3tnwq",
    LONGER: "xxxxxxxxxxxxxxxxxxxx_h24mxtnbdcxba2tkp446jp2d2iwtfbutl",
}
_ELSEWHERE = {
    "own": Place("one", "own-files", ""),
    # Bucket and prefix of acme, on another cluster.
    "far": Place("two", "shared", "tenants/acme/"),
    "vip": Place("two", "vips", "base/vip/"),
    "VIP": Place("two", "vips", "base/_56_49_50/"),
    "open": Place("one", "open-files", "open/open/"),
    "open2": Place("one", "open-files", "open/open2/"),
}
TABLE: Mapping[str, Place] = {
    **{key: Place("one", "shared", f"tenants/{text}/") for key, text in _IN_SHARED.items()},
    **_ELSEWHERE,
}
KEYS = sorted(TABLE)
PUBLIC = {"open", "open2"}


def tenants() -> list[str]:
    """For ``TENANT_MINIO["TENANTS"]``."""
    return KEYS


def name_of(tenant: str) -> str:
    """A tenant as the id of a test."""
    return {LONG: "long", LONGER: "longer"}.get(tenant, ascii(tenant))


def by_plan(tenant: str) -> Route | None:
    """A custom router."""
    return Route("two", "vips", "base/") if tenant.lower() == "vip" else None


def two_clusters(one: Mapping[str, Any], two: Mapping[str, Any]) -> dict[str, Any]:
    """STORAGES for TABLE, on clusters with these options."""
    opened = {"bucket": "open-files", "prefix": "open/{tenant}/", "public": True}
    return {
        "default": {
            "BACKEND": "tenant_minio.RoutingStorage",
            "OPTIONS": {
                "backend": "one",
                "bucket": "shared",
                "prefix": "tenants/{tenant}/",
                "routers": ["tests.isolation.places.by_plan"],
                "routes": {
                    "own": {"bucket": "own-files", "prefix": ""},
                    "far": {"backend": "two", "prefix": "tenants/acme/"},
                    "open": opened,
                    "open2": opened,
                },
            },
        },
        "one": {"BACKEND": "tenant_minio.MinioStorage", "OPTIONS": dict(one)},
        "two": {"BACKEND": "tenant_minio.MinioStorage", "OPTIONS": dict(two)},
    }


def on_one_cluster(cluster: str) -> dict[str, Place]:
    """What of TABLE a single cluster can hold, if all of it is there."""
    return {
        tenant: replace(place, cluster=cluster)
        for tenant, place in TABLE.items()
        if place.cluster == "one"
    }


def one_cluster(options: Mapping[str, Any]) -> dict[str, Any]:
    """STORAGES for :func:`on_one_cluster`."""
    entries = two_clusters(options, options)
    routing = entries["default"]["OPTIONS"]
    del routing["routers"], routing["routes"]["far"], entries["two"]
    return entries

"""Which locations a command is about: of tenants, of one backend, or of no tenant."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from tenant_minio.backends.registry import registry
from tenant_minio.buckets.needs import (
    Need,
    needs_of_storages,
    needs_of_tenants,
    without_overlaps,
)
from tenant_minio.conf import conf


def add_selection(parser: ArgumentParser) -> None:
    """The options that choose, and those about how it is done and told."""
    parser.add_argument(
        "--tenant", action="append", metavar="KEY", help="This tenant; may be repeated."
    )
    parser.add_argument(
        "--all-tenants",
        action="store_true",
        help="Every tenant that TENANT_MINIO['TENANTS'] lists, and the storages of none.",
    )
    parser.add_argument("--backend", metavar="ALIAS", help="Only what lives on this backend.")
    parser.add_argument(
        "--workers", type=int, default=8, metavar="N", help="How many at a time (default: 8)."
    )
    parser.add_argument("--json", action="store_true", help="Print the outcome as JSON.")


def selected_needs(options: dict[str, Any]) -> list[Need]:
    """The needs that the options choose. Raises CommandError."""
    if options["workers"] < 1:
        raise CommandError("--workers takes a number above 0.")
    if options["tenant"] and options["all_tenants"]:
        raise CommandError("Give --tenant or --all-tenants, not both.")
    if options["tenant"]:
        for key in options["tenant"]:
            if not conf.tenant_exists(key):
                raise CommandError(f"There is no tenant {key!r}.")
        needs = list(needs_of_tenants(options["tenant"]))
    elif options["all_tenants"]:
        lister = conf.tenants
        if lister is None:
            raise CommandError("Set TENANT_MINIO['TENANTS'] to a callable that lists all tenants.")
        needs = [*needs_of_storages(), *without_overlaps(list(needs_of_tenants(lister())))]
    else:
        needs = list(needs_of_storages())
    backend = options["backend"]
    if backend is not None:
        if backend not in registry.declared.backends:
            raise CommandError(f"STORAGES declares no backend {backend!r}.")
        needs = [need for need in needs if need.route is None or need.route.backend == backend]
    return needs

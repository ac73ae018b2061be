"""Which locations a command is about: of tenants, of one backend, or of no tenant."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from tenant_minio.buckets import Need, select
from tenant_minio.exceptions import TenantMinioError


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


def selected_needs(options: dict[str, Any], *, deletes: bool) -> list[Need]:
    """The needs that the options choose; see :func:`select`. Raises CommandError."""
    if options["workers"] < 1:
        raise CommandError("--workers takes a number above 0.")
    if options["tenant"] and options["all_tenants"]:
        raise CommandError("Give --tenant or --all-tenants, not both.")
    try:
        return select(
            tenants=options["tenant"] or (),
            all_tenants=options["all_tenants"],
            backend=options["backend"],
            deletes=deletes,
        )
    except TenantMinioError as error:
        raise CommandError(str(error)) from error

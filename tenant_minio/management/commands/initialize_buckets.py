"""``manage.py initialize_buckets``: make and check the buckets that the settings need."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tenant_minio.buckets import Need, Outcome, initialize
from tenant_minio.management.progress import counting
from tenant_minio.management.selection import add_selection, selected_needs


class Command(BaseCommand):
    """Exits with 1 if anything failed; can be run again at will."""

    help = (
        "Creates and checks the buckets of the given tenants, or, without --tenant and "
        "--all-tenants, of the storages that no tenant owns."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_selection(parser)
        parser.add_argument(
            "--dry-run", action="store_true", help="Say what is missing, change nothing."
        )
        parser.add_argument("--silenced", action="store_true", help="Exit with 0 whatever fails.")

    def handle(self, *_args: Any, **options: Any) -> None:
        needs = selected_needs(options, deletes=False)
        with counting(self.stderr) as progress:
            outcomes = self.initialize(
                needs, dry_run=options["dry_run"], workers=options["workers"], progress=progress
            )
        if options["json"]:
            self.stdout.write(json.dumps([_as_dict(outcome) for outcome in outcomes], indent=2))
        else:
            self._show(outcomes)
        failed = sum(outcome.status == "failed" for outcome in outcomes)
        if failed and not options["silenced"]:
            raise CommandError(f"{failed} of {len(outcomes)} failed.")

    def initialize(self, needs: list[Need], **how: Any) -> list[Outcome]:
        """What the command is about; ``how`` as :func:`tenant_minio.buckets.initialize`."""
        return initialize(needs, **how)

    def _show(self, outcomes: list[Outcome]) -> None:
        if not outcomes:
            self.stdout.write("Nothing to do. For tenants, give --tenant KEY or --all-tenants.")
        for outcome in outcomes:
            need, route = outcome.need, outcome.need.route
            who = need.alias if need.tenant is None else f"{need.tenant} ({need.alias})"
            where = f"{route.backend}:{route.bucket}/{route.prefix}" if route else "nowhere"
            style = {"failed": self.style.ERROR, "created": self.style.SUCCESS}.get(
                outcome.status, self.style.NOTICE if outcome.status == "missing" else str
            )
            told = outcome.error or "; ".join(outcome.changes)
            self.stdout.write(
                f"{style(outcome.status):8} {who}: {where}" + (f": {told}" if told else "")
            )


def _as_dict(outcome: Outcome) -> dict[str, Any]:
    need, route = outcome.need, outcome.need.route
    return {
        "storage": need.alias,
        "tenant": need.tenant,
        "backend": route and route.backend,
        "bucket": route and route.bucket,
        "prefix": route and route.prefix,
        "status": outcome.status,
        "changes": list(outcome.changes),
        "error": outcome.error,
    }

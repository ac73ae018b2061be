"""``manage.py initialize_buckets``: make and check the buckets that the settings need."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError, OutputWrapper

from tenant_minio.backends.registry import registry
from tenant_minio.buckets import Need, Outcome, initialize, needs_of_storages, needs_of_tenants
from tenant_minio.buckets.declared import without_overlaps
from tenant_minio.conf import conf


class Command(BaseCommand):
    """Exits with 1 if anything failed; can be run again at will."""

    help = (
        "Creates and checks the buckets of the given tenants, or, without --tenant and "
        "--all-tenants, of the storages that no tenant owns."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
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
            "--dry-run", action="store_true", help="Say what is missing, change nothing."
        )
        parser.add_argument(
            "--workers", type=int, default=8, help="How many at a time (default: 8)."
        )
        parser.add_argument("--json", action="store_true", help="Print the outcome as JSON.")
        parser.add_argument("--silenced", action="store_true", help="Exit with 0 whatever fails.")

    def handle(self, *_args: Any, **options: Any) -> None:
        needs = self._needs(options)
        progress = _Progress(len(needs), self.stderr) if self.stderr.isatty() else None
        outcomes = initialize(
            needs,
            dry_run=options["dry_run"],
            workers=options["workers"],
            progress=progress or (lambda _done: None),
        )
        if progress is not None:
            progress.end()
        if options["json"]:
            self.stdout.write(json.dumps([_as_dict(outcome) for outcome in outcomes], indent=2))
        else:
            self._show(outcomes)
        failed = sum(outcome.status == "failed" for outcome in outcomes)
        if failed and not options["silenced"]:
            raise CommandError(f"{failed} of {len(outcomes)} failed.")

    def _needs(self, options: dict[str, Any]) -> list[Need]:
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
                raise CommandError(
                    "Set TENANT_MINIO['TENANTS'] to a callable that lists all tenants."
                )
            needs = [*needs_of_storages(), *without_overlaps(list(needs_of_tenants(lister())))]
        else:
            needs = list(needs_of_storages())
        backend = options["backend"]
        if backend is not None:
            if backend not in registry.declared.backends:
                raise CommandError(f"STORAGES declares no backend {backend!r}.")
            needs = [need for need in needs if need.route is None or need.route.backend == backend]
        return needs

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


class _Progress:
    """One line that counts, on a terminal."""

    def __init__(self, total: int, stream: OutputWrapper) -> None:
        self._total = total
        self._stream = stream

    def __call__(self, done: int) -> None:
        self._stream.write(f"\r{done}/{self._total}", style_func=str, ending="")
        self._stream.flush()

    def end(self) -> None:
        """Wipe the line."""
        self._stream.write("\r\033[K", style_func=str, ending="")


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

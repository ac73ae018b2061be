"""``manage.py check_buckets``: buckets as they are declared, and as they are."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tenant_minio.buckets import BucketReport, Comparison, Finding, Need, check
from tenant_minio.management.progress import counting
from tenant_minio.management.selection import add_selection, selected_needs

_HEAD = ("STATUS", "BACKEND", "BUCKET", "FEATURE", "DECLARED", "ACTUAL")


class Command(BaseCommand):
    """Exits with 1 if a bucket is not, or with --fix could not be made, as declared."""

    help = (
        "Compares the buckets of the given tenants, or, without --tenant and --all-tenants, of the "
        "storages that no tenant owns, with what the settings declare of them."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_selection(parser)
        parser.add_argument(
            "--fix",
            action="store_true",
            help="Make them as declared: create what is missing, replace what differs.",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        needs = selected_needs(options, deletes=False)
        with counting(self.stderr) as progress:
            comparison = check(
                needs, fix=options["fix"], workers=options["workers"], progress=progress
            )
        if options["json"]:
            self.stdout.write(json.dumps(_as_dict(comparison), indent=2))
        else:
            self._show(comparison)
        if comparison.wrong:
            count = len(comparison.reports) + len(comparison.nowhere)
            hint = "" if options["fix"] else " --fix mends what can be mended."
            raise CommandError(f"{comparison.wrong} of {count} not as declared.{hint}")

    def _show(self, comparison: Comparison) -> None:
        rows = [
            (*_place(report), finding.feature, finding.declared, finding.actual or "?")
            for report in comparison.reports
            for finding in report.findings
        ]
        states = [finding.status for report in comparison.reports for finding in report.findings]
        if rows:
            table = [_HEAD, *((state, *row) for state, row in zip(states, rows, strict=True))]
            widths = [max(map(len, column)) for column in zip(*table, strict=True)]
            for row in table:
                cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
                cells[0] = self._styled(row[0], cells[0])
                self.stdout.write("  ".join(cells).rstrip())
        elif not comparison.nowhere:
            self.stdout.write("Nothing to do. For tenants, give --tenant KEY or --all-tenants.")
        told = [found.error for report in comparison.reports for found in report.wrong]
        told += [f"{_owner(need)}: {need.error}" for need in comparison.nowhere]
        for error in filter(None, told):
            self.stdout.write(f"{self.style.ERROR('!')} {error}")

    def _styled(self, status: str, cell: str) -> str:
        if status in {"ok", "STATUS"}:
            return cell
        return self.style.SUCCESS(cell) if status == "changed" else self.style.ERROR(cell)


def _place(report: BucketReport) -> tuple[str, str]:
    return report.wanted.backend, report.wanted.bucket


def _owner(need: Need) -> str:
    return need.alias if need.tenant is None else f"{need.tenant} ({need.alias})"


def _as_dict(comparison: Comparison) -> dict[str, Any]:
    return {
        "buckets": [
            {
                "backend": report.wanted.backend,
                "bucket": report.wanted.bucket,
                "storages": list(report.wanted.entries),
                "status": report.status,
                "features": [_feature(finding) for finding in report.findings],
            }
            for report in comparison.reports
        ],
        "nowhere": [
            {"storage": need.alias, "tenant": need.tenant, "error": str(need.error)}
            for need in comparison.nowhere
        ],
    }


def _feature(finding: Finding) -> dict[str, str]:
    return {
        "feature": finding.feature,
        "declared": finding.declared,
        "actual": finding.actual,
        "status": finding.status,
        "change": finding.change if finding.status == "changed" else "",
        "error": finding.error,
    }

"""``manage.py sweep_uploads``: find, and on request abort or delete, uploads nobody will end."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tenant_minio.buckets import Swept, Unfinished, sweep
from tenant_minio.buckets.sweep import GRACE_SECONDS
from tenant_minio.exceptions import TenantMinioError
from tenant_minio.management.progress import counting
from tenant_minio.management.selection import add_selection, selected_needs
from tenant_minio.uploads.conf import setting

_INCOMPLETE = (
    "MinIO tells of the uploads that the node which answers has seen begin since it was started. "
    "It removes the others by itself, by default after 24 hours (api stale_uploads_expiry)."
)


class Command(BaseCommand):
    """Exits with 1 if anything failed; can be run again at will."""

    help = (
        "Finds uploads in parts that were begun and never ended, and direct uploads that were "
        "never saved, in the locations of the given tenants, or, without --tenant and "
        "--all-tenants, of the storages that no tenant owns. Ends nothing without --delete."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_selection(parser)
        parser.add_argument(
            "--older-than",
            type=int,
            metavar="SECONDS",
            help="Leave uploads alone in which something happened since (default: twice "
            "TENANT_MINIO['UPLOADS']['EXPIRES'], and at least a day).",
        )
        parser.add_argument("--delete", action="store_true", help="Abort and delete what is found.")

    def handle(self, *_args: Any, **options: Any) -> None:
        older_than = _older_than(options["older_than"])
        needs = selected_needs(options, deletes=True)
        with counting(self.stderr) as progress:
            swept = sweep(
                needs,
                older_than=older_than,
                delete=options["delete"],
                workers=options["workers"],
                progress=progress,
            )
        if options["json"]:
            self.stdout.write(json.dumps([_as_dict(one) for one in swept], indent=2))
        else:
            self._show(swept)
        failed = sum(one.failed for one in swept)
        if failed:
            raise CommandError(f"{failed} of {len(swept)} failed.")

    def _show(self, swept: list[Swept]) -> None:
        if not swept:
            self.stdout.write("Nothing to do. For tenants, give --tenant KEY or --all-tenants.")
        for one in swept:
            where = _where(one)
            if one.error:
                self.stdout.write(f"{self.style.ERROR('failed')}   {where}: {one.error}")
            for found in one.uploads:
                told = f": {found.error}" if found.error else ""
                parts = f"{found.parts} parts, " if found.upload else ""
                self.stdout.write(
                    f"{self._styled(found)} {where}{found.name}, {parts}{found.size} bytes, "
                    f"idle for {found.idle} s{told}"
                )
        counts = [found.status for one in swept for found in one.uploads]
        if swept:
            counts += ["not looked at" for one in swept if one.error]
            words = [f"{counts.count(status)} {status}" for status in dict.fromkeys(counts)]
            self.stdout.write(f"{len(swept)} locations: {', '.join(words) or 'nothing unfinished'}")
        if "found" in counts:
            self.stdout.write("--delete aborts and deletes what was found.")
        if not all(one.complete for one in swept):
            self.stdout.write(_INCOMPLETE)

    def _styled(self, found: Unfinished) -> str:
        style = {
            "failed": self.style.ERROR,
            "aborted": self.style.SUCCESS,
            "deleted": self.style.SUCCESS,
        }.get(found.status, str)
        return str(style(f"{found.status:8}"))


def _older_than(given: int | None) -> int:
    """Seconds; no upload that may still be saved is swept unless it is asked for.

    A file that arrives at once may be finished at the end of EXPIRES, and saved at the end of
    another.
    """
    if given is None:
        try:
            expires: int = setting("EXPIRES")
        except TenantMinioError as error:
            raise CommandError(str(error)) from error
        return max(GRACE_SECONDS, 2 * expires)
    if given < 0:
        raise CommandError("--older-than takes seconds, 0 or more.")
    return given


def _where(one: Swept) -> str:
    need, route = one.need, one.need.route
    who = need.alias if need.tenant is None else f"{need.tenant} ({need.alias})"
    return f"{who}: " + (f"{route.backend}:{route.bucket}/{route.prefix}" if route else "nowhere")


def _as_dict(one: Swept) -> dict[str, Any]:
    need, route = one.need, one.need.route
    return {
        "storage": need.alias,
        "tenant": need.tenant,
        "backend": route and route.backend,
        "bucket": route and route.bucket,
        "prefix": route and route.prefix,
        "complete": one.complete,
        "error": one.error,
        "uploads": [
            {
                "name": found.name,
                "upload": found.upload,
                "touched": found.touched.isoformat(),
                "idle": found.idle,
                "parts": found.parts,
                "bytes": found.size,
                "status": found.status,
                "error": found.error,
            }
            for found in one.uploads
        ],
    }

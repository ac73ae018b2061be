"""``manage.py clean_orphaned_minio_files``: find, and on request delete, what nothing refers to."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError, OutputWrapper

from tenant_minio.buckets import Need
from tenant_minio.exceptions import TenantMinioError
from tenant_minio.orphans import Found, Report, Rules, Watcher, clean, scan, select


class Command(BaseCommand):
    """Exits with 1 if anything failed, was refused or is missing; can be run again at will."""

    help = (
        "Finds the objects that nothing refers to, in the locations of the given tenants, or, "
        "without --tenant and --all-tenants, of the storages that no tenant owns. Deletes nothing "
        "without --delete."
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
        parser.add_argument("--storage", metavar="ALIAS", help="Only this entry of STORAGES.")
        parser.add_argument("--delete", action="store_true", help="Delete what is found.")
        parser.add_argument(
            "--check-missing",
            action="store_true",
            help="Also tell which references have no object. They are not changed.",
        )
        defaults = Rules()
        parser.add_argument(
            "--grace",
            type=int,
            default=defaults.grace,
            metavar="SECONDS",
            help="Leave younger objects alone (default: %(default)s).",
        )
        parser.add_argument(
            "--max-orphans",
            type=float,
            default=defaults.max_orphans,
            metavar="PERCENT",
            help="Delete nothing of a location where more of its objects seem to be orphans "
            "(default: %(default)g).",
        )
        parser.add_argument(
            "--allow-unreferenced",
            action="store_true",
            help="Delete also where nothing refers to any object of a location.",
        )
        parser.add_argument(
            "--names",
            type=int,
            default=defaults.names,
            metavar="N",
            help="How many names of each kind to tell of each location (default: %(default)s).",
        )
        parser.add_argument("--json", action="store_true", help="Print the outcome as JSON.")
        parser.add_argument("--silenced", action="store_true", help="Exit with 0 whatever fails.")

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["tenant"] and options["all_tenants"]:
            raise CommandError("Give --tenant or --all-tenants, not both.")
        try:
            rules = Rules(**{name: options[name] for name in Rules.__slots__})
            needs = select(
                tenants=options["tenant"] or (),
                all_tenants=options["all_tenants"],
                backend=options["backend"],
                storage=options["storage"],
            )
        except (TenantMinioError, ValueError) as error:
            raise CommandError(str(error)) from error
        delete = self.wants_deletion(options)
        progress = _Progress(len(needs), self.stderr, shown=self.stderr.isatty())
        reports: list[Report] = []
        interrupted = False
        try:
            for need in needs:
                progress.begin(need)
                report = (clean if delete else scan)(need, rules, progress)
                progress.end()
                reports.append(report)
                if not options["json"]:
                    self._show(report, delete=delete)
        except KeyboardInterrupt:
            progress.end()
            interrupted = True
        if options["json"]:
            found = [_as_dict(report) for report in reports]
            if interrupted:
                found.append(progress.as_dict())
            self.stdout.write(json.dumps(found, indent=2))
        elif not needs:
            self.stdout.write("Nothing to do. For tenants, give --tenant KEY or --all-tenants.")
        if interrupted:
            raise CommandError(progress.in_words(), returncode=130)
        failed = sum(not report.good for report in reports)
        if failed and not options["silenced"]:
            raise CommandError(f"{failed} of {len(reports)} failed.")

    def wants_deletion(self, options: dict[str, Any]) -> bool:
        """Whether orphans are deleted."""
        return bool(options["delete"])

    def _show(self, report: Report, *, delete: bool) -> None:
        need, route = report.need, report.need.route
        where = f"{route.backend}:{route.bucket}/{route.prefix}" if route else "nowhere"
        style = self.style.SUCCESS if report.good else self.style.ERROR
        self.stdout.write(f"{style(report.status):8} {_who(need)}: {where}: {_sum(report)}")
        if report.error:
            self.stdout.write(f"  {_plain(report.error)}")
        done = delete and report.status != "refused"
        shown = {
            **({"deleted": report.deleted} if done else {"orphan": report.orphans}),
            "spared": report.spared,
            "foreign": report.foreign,
            "missing": report.missing,
            "unsafe": report.unsafe,
        }
        for word, found in shown.items():
            for name in found.names:
                self.stdout.write(f"  {word:8} {name!r}")
            if found.count > len(found.names):
                self.stdout.write(f"  {word:8} ... {found.count - len(found.names)} more")
        for name, why in zip(report.undeleted.names, report.reasons, strict=True):
            self.stdout.write(f"  {'left':8} {name!r}: {_plain(why)}")


class _Progress(Watcher):
    """One line that counts, on a terminal; and what an interruption leaves behind."""

    def __init__(self, total: int, stream: OutputWrapper, *, shown: bool) -> None:
        self._total = total
        self._stream = stream
        self._shown = shown
        self._number = 0

    def begin(self, need: Need) -> None:
        """The next location."""
        self._need = need
        self._number += 1
        self._objects = self._references = self._deleted = self._under_way = 0
        self._tell()

    def listed(self, count: int) -> None:
        self._objects += count
        self._tell()

    def read(self, count: int) -> None:
        self._references += count
        self._tell()

    def deleting(self, names: tuple[str, ...]) -> None:
        self._under_way = len(names)

    def deleted(self, names: tuple[str, ...]) -> None:
        self._deleted += len(names)
        self._under_way = 0
        self._tell()

    def _tell(self) -> None:
        if self._shown:
            self._stream.write(
                f"\r\033[K{self._number}/{self._total} {_who(self._need)}: {self._objects} objects"
                f", {self._references} references read, {self._deleted} deleted",
                style_func=str,
                ending="",
            )
            self._stream.flush()

    def end(self) -> None:
        """Wipe the line."""
        if self._shown:
            self._stream.write("\r\033[K", style_func=str, ending="")

    def in_words(self) -> str:
        """What was done in the location that was not finished."""
        words = f"Interrupted in {_who(self._need)}, where {self._deleted} objects were deleted"
        if self._under_way:
            words += f" and {self._under_way} more may be"
        return words + ". Run it again to go on."

    def as_dict(self) -> dict[str, Any]:
        """The same for a program."""
        return {
            **_whose(self._need),
            "status": "interrupted",
            "deleted": {"count": self._deleted},
            "under_way": self._under_way,
        }


def _who(need: Need) -> str:
    return need.alias if need.tenant is None else f"{_plain(need.tenant)} ({need.alias})"


def _plain(text: str) -> str:
    """Without control characters, which could write to the terminal what they like."""
    return text if text.isprintable() else repr(text)[1:-1]


def _sum(report: Report) -> str:
    parts = [
        f"{report.objects.count} objects",
        f"{report.referenced.count} referenced",
        f"{report.too_young.count} too young",
        f"{report.orphans.count} orphans ({report.orphans.size} bytes)",
    ]
    more = {
        "deleted": report.deleted,
        "spared": report.spared,
        "not deleted": report.undeleted,
        "foreign": report.foreign,
        "missing": report.missing,
        "unsafe references": report.unsafe,
    }
    parts += [f"{found.count} {word}" for word, found in more.items() if found.count]
    return ", ".join(parts)


def _whose(need: Need) -> dict[str, Any]:
    route = need.route
    return {
        "storage": need.alias,
        "tenant": need.tenant,
        "backend": route and route.backend,
        "bucket": route and route.bucket,
        "prefix": route and route.prefix,
    }


def _as_dict(report: Report) -> dict[str, Any]:
    def named(found: Found) -> dict[str, Any]:
        return {"count": found.count, "bytes": found.size, "names": list(found.names)}

    def counted(found: Found) -> dict[str, int]:
        return {"count": found.count, "bytes": found.size}

    return {
        **_whose(report.need),
        "status": report.status,
        "objects": counted(report.objects),
        "referenced": counted(report.referenced),
        "too_young": counted(report.too_young),
        "orphans": named(report.orphans),
        "foreign": named(report.foreign),
        "deleted": named(report.deleted),
        "spared": named(report.spared),
        "undeleted": {**named(report.undeleted), "reasons": list(report.reasons)},
        "missing": {"count": report.missing.count, "names": list(report.missing.names)},
        "unsafe": {"count": report.unsafe.count, "names": list(report.unsafe.names)},
        "error": report.error,
    }

"""``manage.py clean_orphaned_minio_files``: the package's own, which deletes unless told not to."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from tenant_minio.management.commands import clean_orphaned_minio_files


class Command(clean_orphaned_minio_files.Command):
    """Takes the same care: of young objects, of all schemas, of what looks like a mistake."""

    help = "Deletes the objects that nothing refers to; with --dry-run, only tells them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--dry-run", action="store_true", help="Delete nothing.")

    def wants_deletion(self, options: dict[str, Any]) -> bool:
        """Whether orphans are deleted."""
        return not options["dry_run"]

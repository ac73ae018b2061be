"""``manage.py is_minio_available``: whether each cluster can be used now."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tenant_minio.backends.base import Health
from tenant_minio.backends.registry import registry
from tenant_minio.exceptions import TenantMinioError


class Command(BaseCommand):
    """Exits with 1 if any cluster cannot be used."""

    help = "Asks every backend, or one, whether it is healthy and takes the credentials."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--backend", metavar="ALIAS", help="Only this one.")
        parser.add_argument("--json", action="store_true", help="Print the outcome as JSON.")
        parser.add_argument("--silenced", action="store_true", help="Exit with 0 whatever is seen.")

    def handle(self, *_args: Any, **options: Any) -> None:
        # One with wrong settings is no backend, but its buckets are read.
        declared = list(registry.declared.buckets)
        aliases = [options["backend"]] if options["backend"] else declared
        if not aliases:
            raise CommandError("STORAGES declares no backend.")
        if aliases[0] not in declared:
            raise CommandError(f"STORAGES declares no backend {aliases[0]!r}.")
        seen: dict[str, Health] = {alias: _asked(alias) for alias in aliases}
        if options["json"]:
            found = {alias: asdict(health) for alias, health in seen.items()}
            self.stdout.write(json.dumps(found, indent=2))
        else:
            for alias, health in seen.items():
                self.stdout.write(f"{self._word(health):5} {alias}: {health.detail}")
        down = [alias for alias, health in seen.items() if not health.available]
        if down and not options["silenced"]:
            raise CommandError(f"Not available: {', '.join(down)}.")

    def _word(self, health: Health) -> str:
        if health.available:
            return self.style.SUCCESS("up")
        return self.style.WARNING("read-only") if health.read_only else self.style.ERROR("down")


def _asked(alias: str) -> Health:
    """What a backend says; wrong settings of one are no reason to leave out the others."""
    try:
        return registry[alias].health()
    except TenantMinioError as error:
        return Health(available=False, server="", detail=str(error))

"""What ``--silenced`` means in the commands of django-minio-backend: no messages, same outcome.

The package's own commands take it for leave to fail.
"""

from __future__ import annotations

from io import StringIO
from typing import Any

from django.core.management.base import BaseCommand, OutputWrapper


class Silence(BaseCommand):
    """Laid over a command of the package."""

    def handle(self, *args: Any, **options: Any) -> None:
        """The package's own, without a word if silenced."""
        if options.pop("silenced"):
            self.stdout = OutputWrapper(StringIO())
        super().handle(*args, **options, silenced=False)

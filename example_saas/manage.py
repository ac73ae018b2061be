#!/usr/bin/env python
"""Django's command line for the vault: ``python example_saas/manage.py <command>``."""

import os
import sys
from pathlib import Path


def main() -> None:
    # Run as a script, Python puts this folder on the path, where `settings` would shadow others.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "example_saas.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()

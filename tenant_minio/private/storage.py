"""Which storage holds the private files."""

from __future__ import annotations

from typing import Any

from tenant_minio.private.conf import private_setting
from tenant_minio.storage.alias import from_alias


def private_storage() -> Any:
    """The storage that ``TENANT_MINIO["PRIVATE"]["STORAGE"]`` names; for ``storage=`` of fields.

    Migrations name this function, so they hold no alias.
    """
    return from_alias(private_setting("STORAGE"))

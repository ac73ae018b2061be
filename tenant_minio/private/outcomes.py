"""What became of a request for a private file.

Every download and every refusal passes :func:`told`, so this is where events of them begin.
"""

from __future__ import annotations

import logging
from enum import StrEnum

from tenant_minio.private.files import PrivateFile

_logger = logging.getLogger("tenant_minio.private")


class Outcome(StrEnum):
    """How it ended."""

    SENT = "sent"  # also 304, 412, 416 and redirects: the rule let the file be seen
    REFUSED = "refused"
    MISSING = "missing"


def told(private_file: PrivateFile, outcome: Outcome, why: str = "") -> None:
    """Say what became of a request. Names of files may be personal, and are left out.

    Args:
        why: of a refusal.
    """
    level = logging.INFO if outcome is Outcome.REFUSED else logging.DEBUG
    if not _logger.isEnabledFor(level):
        return
    who = getattr(private_file.user, "pk", None)
    said = (outcome, private_file.tenant, who, why if outcome is Outcome.REFUSED else "")
    _logger.log(level, "private file %s: tenant %r, user %r. %s", *said)

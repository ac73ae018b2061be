"""What is told of an operation.

No name and no key: what users call their files may be personal, and there is no bound to how many
there are.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tenant_minio.events.outcome import Outcome


class Operation(StrEnum):
    """What was done. ``url()`` and what makes names ask no cluster, and are none of these."""

    SAVE = "save"
    READ = "read"  # open() for reading, until the file is closed
    WRITE = "write"  # open() for writing, until the file is closed
    DELETE = "delete"
    EXISTS = "exists"
    LIST = "list"
    SIZE = "size"
    STAT = "stat"
    MODIFIED = "modified"  # get_modified_time()
    DOWNLOAD = "download"  # a request for a private file, until its answer is sent
    UPLOAD_BEGIN = "upload_begin"  # a browser asked to upload a file by itself
    UPLOAD_FINISH = "upload_finish"  # it said that the file is there
    HEALTH = "health"  # a look at a backend, for /healthz


@dataclass(frozen=True, slots=True)
class Begun:
    """An operation that is about to be done.

    Args:
        operation: one of :class:`Operation`, or another constant word.
        backend: the alias of the cluster; None where none was chosen.
        tenant: None for a storage of no tenant.
        bucket: None where it is about no single one.
        outlives_call: the operation goes on after the call that begins it has returned, and may
            end in another thread or context: an open file.
    """

    operation: str
    backend: str | None
    tenant: str | None
    bucket: str | None
    outlives_call: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """An operation that was done, well or not.

    Args:
        operation: one of :class:`Operation`, or another constant word.
        backend: the alias of the cluster; None where none was chosen.
        tenant: None for a storage of no tenant.
        bucket: None where it is about no single one.
        outcome: see :class:`Outcome`.
        seconds: how long the caller was held; of an open file in all its requests together, and
            not between them.
        bytes: of content that was stored or read; small reads are counted as Python's buffer
            fetches them, 64 KiB at a time.
    """

    operation: str
    backend: str | None
    tenant: str | None
    bucket: str | None
    outcome: Outcome
    seconds: float
    bytes: int = 0

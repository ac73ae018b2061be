"""How an operation ended, as one word of a closed list."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from django.core.exceptions import SuspiciousFileOperation

from tenant_minio import exceptions


class Outcome(StrEnum):
    """How an operation ended.

    The words stay what they are: alerts and dashboards are made of them. A new kind of error gets
    a word here and a line in the table below.
    """

    OK = "ok"  # also exists() that says False
    NOT_FOUND = "not_found"
    EXISTS = "exists"  # the name is taken
    CHANGED = "changed"  # replaced while it was being read
    REFUSED_NAME = "refused_name"  # it could lead out of its tenant
    REFUSED = "refused"  # a rule of the project did not let it; so with an upload that changed
    DENIED = "denied"  # the cluster refused the credentials
    MISSING_BUCKET = "missing_bucket"
    MISCONFIGURED = "misconfigured"
    UNAVAILABLE = "unavailable"  # not reached, not in time, or 5xx
    UNKNOWN_WRITE = "unknown_write"  # whether it was stored cannot be found out
    FULL = "full"  # the cluster, or the bucket's quota, has no room left
    DAMAGED = "damaged"  # what arrived is not what was sent or stored
    UNSUPPORTED = "unsupported"
    UNEXPECTED_RESPONSE = "unexpected_response"
    ABORTED = "aborted"  # given up by the caller: a file that was not kept, a task that was ended
    ERROR = "error"  # any other exception, such as one of the content that was to be saved


_OUTCOMES: Mapping[type, Outcome] = {
    exceptions.ObjectNotFoundError: Outcome.NOT_FOUND,
    exceptions.ObjectExistsError: Outcome.EXISTS,
    exceptions.ObjectChangedError: Outcome.CHANGED,
    exceptions.UnsafeNameError: Outcome.REFUSED_NAME,
    SuspiciousFileOperation: Outcome.REFUSED_NAME,
    exceptions.PermissionDeniedError: Outcome.DENIED,
    exceptions.MissingBucketError: Outcome.MISSING_BUCKET,
    exceptions.InvalidBackendError: Outcome.MISCONFIGURED,
    exceptions.WriteOutcomeUnknownError: Outcome.UNKNOWN_WRITE,
    exceptions.BackendUnavailableError: Outcome.UNAVAILABLE,
    exceptions.StorageFullError: Outcome.FULL,
    exceptions.ChecksumMismatchError: Outcome.DAMAGED,
    exceptions.UnsupportedFeatureError: Outcome.UNSUPPORTED,
    exceptions.UnexpectedResponseError: Outcome.UNEXPECTED_RESPONSE,
    exceptions.UploadRefusedError: Outcome.REFUSED,
    Exception: Outcome.ERROR,
    BaseException: Outcome.ABORTED,
}


def outcome_of(error: BaseException | None) -> Outcome:
    """The word for what an operation raised: that of its nearest class in the table."""
    if error is None:
        return Outcome.OK
    return next(_OUTCOMES[kind] for kind in type(error).__mro__ if kind in _OUTCOMES)

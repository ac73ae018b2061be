"""Every error that leaves the package.

Each has one base, :class:`TenantMinioError`, and inherits the type that a Django or Python
caller expects beside it. Only "the object is not there" is ever a ``FileNotFoundError``: an
outage, a refused key or a missing bucket is never mistaken for an absent file.
"""

import errno

from django.core.exceptions import BadRequest, ImproperlyConfigured, SuspiciousFileOperation


class TenantMinioError(Exception):
    """Base of all errors of tenant_minio."""


class NoTenantError(TenantMinioError):
    """A storage operation ran outside a tenant."""


class TenantMismatchError(TenantMinioError):
    """Two sources name different tenants, or a file was used under another tenant's name."""


class UnknownTenantError(TenantMinioError, LookupError):
    """No route leads to this tenant, or no such tenant exists."""


class InvalidTenantError(UnknownTenantError, ValueError):
    """What was given cannot be a tenant key: a key is a non-empty string."""


class InvalidBackendError(TenantMinioError, ImproperlyConfigured):
    """A backend, route or option in the settings is missing, unknown or wrong."""


class MissingBucketError(InvalidBackendError):
    """The cluster answers, but the bucket does not exist there."""


class UnsafeNameError(TenantMinioError, SuspiciousFileOperation):
    """A name or prefix could lead out of its tenant, or no S3 server would store it faithfully."""


class ObjectNotFoundError(TenantMinioError, FileNotFoundError):
    """The object is not there; the bucket is, and the cluster said so."""

    errno = errno.ENOENT


class ObjectExistsError(TenantMinioError, FileExistsError):
    """The name is taken and may not be replaced.

    Attributes:
        by_parent: a directory of the name is a file, so no other name in it can be taken either.
    """

    errno = errno.EEXIST
    by_parent = False


class ObjectChangedError(TenantMinioError, OSError):
    """The object was replaced while it was being read."""


class ChecksumMismatchError(TenantMinioError, OSError):
    """Bytes changed on their way to the cluster, or between what was stored and what was read."""


class PermissionDeniedError(TenantMinioError, PermissionError):
    """The cluster refused the credentials or what was asked with them."""

    errno = errno.EACCES


class BackendUnavailableError(TenantMinioError, OSError):
    """The cluster could not be reached, did not answer in time, or failed (5xx).

    Attributes:
        request_sent: False where no byte of the request left, so that nothing can have happened.
        timed_out: True where the cluster may still be at it.
    """

    request_sent = True
    timed_out = False


class CircuitOpenError(BackendUnavailableError):
    """The cluster failed again and again, and is not asked until it is tried again.

    Attributes:
        open_seconds: for so long requests have been failing.
        retry_seconds: in so long it is tried again.
        cause: the last failure.
    """

    request_sent = False
    open_seconds = 0.0
    retry_seconds = 0.0
    cause = ""


class BackendBusyError(BackendUnavailableError):
    """So many requests to the cluster are under way that this one was not sent."""

    request_sent = False


class StorageFullError(TenantMinioError, OSError):
    """The cluster, or the bucket's quota, has no room left. Nothing was stored."""

    errno = errno.ENOSPC


class WriteOutcomeUnknownError(BackendUnavailableError):
    """The answer to a write was lost, and whether it was stored could not be found out."""


class UnsupportedFeatureError(TenantMinioError, NotImplementedError):
    """The cluster, or the bucket, does not do what the settings ask of it."""


class UnexpectedResponseError(TenantMinioError, OSError):
    """The cluster answered with an error that this package has no other word for."""


class UploadRefusedError(TenantMinioError, BadRequest):
    """A browser's upload was not begun, not confirmed, or cannot be saved; a person may be told.

    Where nobody catches it, Django answers 400.

    Args:
        message: in the words of whoever uploads, maybe lazily translated.
        code: ``too_large``, ``wrong_type``, ``not_permitted``, ``expired``, ``refused``,
            ``changed``, ``missing``, ``busy``, ``unavailable`` or ``bad_request``.
    """

    def __init__(self, message: object = "", *, code: str = "refused") -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class UploadEndedError(UnexpectedResponseError):
    """A multipart upload was completed or thrown away before."""


class ReferencesUnreadableError(TenantMinioError):
    """Something that may refer to files could not be read, so no file is known to be an orphan."""

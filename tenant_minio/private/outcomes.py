"""What became of each request for a private file: an event, and for a refusal a line in the log."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress

from django.http import HttpResponseBase

from tenant_minio.events import Operation, Outcome, Watch, outcome_of, watch
from tenant_minio.exceptions import BackendUnavailableError, TenantMinioError
from tenant_minio.private.facts import Part
from tenant_minio.private.files import PrivateFile
from tenant_minio.storage.base import ObjectStorage

_logger = logging.getLogger("tenant_minio.private")


class Download:
    """One request for a private file, told of when it is over.

    That is when its answer is made or, of a body that Django sends, when the body is closed.

    Args:
        private_file: what is asked for.
    """

    def __init__(self, private_file: PrivateFile) -> None:
        self._private_file = private_file
        self._outcome: Outcome | None = None
        self._goes_on = False
        self._watch = watch(Operation.DOWNLOAD, *_place(private_file), outlives_call=True)

    def answer(self, make: Callable[[], HttpResponseBase]) -> HttpResponseBase:
        """Make the answer, and follow what comes of it."""
        try:
            return self._watch.measure(make)
        except BaseException as error:
            self._outcome = self._outcome or outcome_of(error)
            self._goes_on = False
            raise
        finally:
            if not self._goes_on:
                self._watch.end(self._outcome or Outcome.OK)

    def refused(self, why: str) -> None:
        """The rule did not let it. Names of files may be personal, and are left out of the log."""
        self._outcome = Outcome.REFUSED
        user = getattr(self._private_file.user, "pk", None)
        tenant = _place(self._private_file)[1]
        _logger.info("private file refused: tenant %r, user %r. %s", tenant, user, why)

    def missing(self) -> None:
        """There is no such file."""
        self._outcome = Outcome.NOT_FOUND

    def failed(self, error: BackendUnavailableError) -> None:
        """The cluster could not be asked. The error's text has the name of the file in it."""
        self._outcome = outcome_of(error)
        backend, tenant, _bucket = _place(self._private_file)
        kind = type(error).__name__
        _logger.warning("private file: backend %r, tenant %r: %s", backend, tenant, kind)

    def sending(self, part: Part) -> Part:
        """The same part, as the body of the answer, which goes on when the answer is made."""
        self._goes_on = True
        return _SentPart(part, self._watch)


class _SentPart:
    """A part whose bytes and end are those of a download."""

    def __init__(self, part: Part, watch: Watch) -> None:
        self._part = part
        self._watch = watch
        self._outcome: Outcome | None = None
        self.facts, self.start, self.end, self.lane = part.facts, part.start, part.end, part.lane

    def read(self, size: int) -> bytes:
        try:
            piece = self._watch.measure(self._part.read, size)
        except BaseException as error:
            self._outcome = outcome_of(error)
            raise
        self._watch.bytes += len(piece)
        return piece

    def close(self) -> None:
        self._part.close()
        whole = self._watch.bytes >= self.end - self.start
        self._watch.end(self._outcome or (Outcome.OK if whole else Outcome.ABORTED))

    def __del__(self) -> None:
        # Under ASGI Django drops, and does not close, the answer of a view that was still at work
        # when the browser went away.
        self.close()


def _place(private_file: PrivateFile) -> tuple[str | None, str | None, str | None]:
    """Backend, tenant and bucket; None for what cannot be said."""
    with suppress(TenantMinioError):
        if isinstance(private_file.storage, ObjectStorage):
            location = private_file.storage.locate()
            return location.backend.alias, location.tenant, location.route.bucket
        return None, private_file.tenant, None
    return None, None, None

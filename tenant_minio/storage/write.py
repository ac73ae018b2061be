"""Writing one object so that it appears whole, once, or not at all.

Each write carries a random token in its metadata. Where an answer was lost, or a conditional
write was refused, a HEAD shows whether the object there is this very write: an equal ETag could
be another's identical file.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

from tenant_minio.backends.base import NONE
from tenant_minio.backends.checksums import HEADERS, checksum
from tenant_minio.backends.features import WHOLE_CHECKSUM
from tenant_minio.backends.gate import repeated
from tenant_minio.backends.write_headers import creation_headers
from tenant_minio.backends.write_rules import hook_headers
from tenant_minio.exceptions import (
    BackendUnavailableError,
    InvalidBackendError,
    ObjectExistsError,
    ObjectNotFoundError,
    TenantMinioError,
    UploadEndedError,
    WriteOutcomeUnknownError,
)
from tenant_minio.storage.content_types import web_type
from tenant_minio.storage.location import Location
from tenant_minio.storage.progress import Meter

ATTEMPTS = 3
PAUSE_SECONDS = 0.1

# Told of each write in this context before it is sent.
_listener: ContextVar[Callable[[Write], None] | None] = ContextVar(
    "tenant_minio_announced", default=None
)


@contextmanager
def announced(listener: Callable[[Write], None] | None) -> Iterator[None]:
    """Tell ``listener`` of each write in this block before it makes an object appear.

    What the listener raises stops the write. None: nobody is told.
    """
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


class Write:
    """One object to be written: its headers, and how to find out what became of it."""

    def __init__(self, location: Location, name: str, *, replace: bool) -> None:
        self.location = location
        self.name = name
        self.replace = replace
        self.token = secrets.token_hex(16)
        self.options = options = location.write_options()
        encryption = options.encryption()
        self.headers = creation_headers(
            options,
            encryption,
            _own_headers(location, name),
            content_type=web_type(name),
            token=self.token,
            now=datetime.now(UTC),
        )
        self.key_headers = NONE if encryption is None else encryption.key_headers
        if options.check_bucket_on_save:
            location.require_bucket()
        # Sent with what makes the object appear: the PUT, or the completion of the upload.
        self.condition = {} if replace else {"If-None-Match": "*"}

    def meter(self, total: int | None) -> Meter | None:
        """Who is told how far it is; None where nobody wants to know."""
        told = self.options.progress
        return None if told is None else Meter(told, self.name, total)

    def is_stored(self, cause: BaseException) -> bool:
        """Whether the object there is this write.

        Raises:
            ObjectExistsError: another's object is there, and may not be replaced.
            WriteOutcomeUnknownError: the cluster does not answer this either.
        """
        try:
            info = self.location.head(self.name, quick=True)
        except ObjectNotFoundError:
            return False
        except TenantMinioError as error:
            raise WriteOutcomeUnknownError(
                f"The answer to a write was lost, and whether it was stored cannot be found out: "
                f"{error} Look for {self.name!r} once the cluster answers again."
            ) from cause
        if info.token == self.token:
            return True
        if self.replace:
            return False
        raise ObjectExistsError(
            f"There is a file {self.name!r} already, and it may not be replaced."
        ) from cause

    def _require_carried_out(self, ended: UploadEndedError) -> None:
        """Find what an attempt before has made of the upload, late, after its answer was lost.

        Raises WriteOutcomeUnknownError: it may have been deleted or replaced meanwhile.
        """
        if not self.is_stored(ended):
            raise WriteOutcomeUnknownError(
                f"A write was carried out, or thrown away by another, and is not there: {ended} "
                f"Look for {self.name!r} before you save it again."
            ) from ended

    def settle(self, attempt: Callable[[], None]) -> None:
        """Make ``attempt`` until it is known to have worked, or it is clear that it will not."""
        listener = _listener.get()
        if listener is not None:
            listener(self)
        self._settle(attempt)

    def _settle(self, attempt: Callable[[], None]) -> None:
        for number in range(1, ATTEMPTS + 1):
            try:
                if number == 1:
                    attempt()
                else:
                    repeated(attempt)
            except ObjectExistsError as refused:
                # Another's, or this write's own, whose answer was lost on the way.
                if not self.is_stored(refused):
                    raise
            except UploadEndedError as ended:
                if number == 1:
                    raise
                self._require_carried_out(ended)
            except BackendUnavailableError as failed:
                if not failed.request_sent:
                    raise
                if not self.is_stored(failed):
                    if failed.timed_out:
                        raise WriteOutcomeUnknownError(
                            f"A write was not answered in time and is not there yet: {failed} It "
                            f"may still appear. Look for {self.name!r} before you save it again."
                        ) from failed
                    if number == ATTEMPTS:
                        raise
                    time.sleep(PAUSE_SECONDS * number)
                    continue
            return


def put_whole(location: Location, name: str, data: bytes, *, replace: bool) -> None:
    """Store ``data`` in one request.

    Raises:
        ObjectExistsError: the name is taken and ``replace`` is False.
        WriteOutcomeUnknownError: see :class:`Write`.
    """
    write = Write(location, name, replace=replace)
    headers = {**write.headers, **write.condition}
    kind = write.options.sent_checksum
    if kind is not None:
        headers |= {WHOLE_CHECKSUM: kind, HEADERS[kind]: checksum(kind, data)}
    meter = write.meter(len(data))
    write.settle(lambda: location.put(name, data, headers, write.options.extra_query))
    if meter is not None:
        meter.add(len(data))


def _own_headers(location: Location, name: str) -> Mapping[str, str]:
    given = location.policy.object_headers(name)
    if not given:
        return NONE
    try:
        return hook_headers(given)
    except ValueError as error:
        raise InvalidBackendError(
            f"{location.policy_name}.object_headers({name!r}) gave headers that cannot "
            f"be sent: {error}."
        ) from None

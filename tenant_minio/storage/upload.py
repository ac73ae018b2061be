"""Writing one object so that it appears whole, once, or not at all.

Each write carries a random token in its metadata. Where an answer was lost, or a conditional
write was refused, a HEAD shows whether the object there is this very write: an equal ETag could
be another's identical file.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, as_completed, wait
from datetime import UTC, datetime
from types import TracebackType

from tenant_minio.backends.base import NONE, Part
from tenant_minio.backends.checksums import HEADERS, checksum
from tenant_minio.backends.features import PARTS_CHECKSUM, WHOLE_CHECKSUM
from tenant_minio.backends.write_headers import creation_headers
from tenant_minio.backends.write_options import MAX_PART, WriteOptions
from tenant_minio.backends.write_rules import hook_headers
from tenant_minio.exceptions import (
    BackendUnavailableError,
    InvalidBackendError,
    ObjectExistsError,
    ObjectNotFoundError,
    TenantMinioError,
    WriteOutcomeUnknownError,
)
from tenant_minio.storage.location import Location
from tenant_minio.storage.progress import Meter

_MAX_PARTS = 10_000  # S3 API: parts of one multipart upload
_ATTEMPTS = 3
_PAUSE_SECONDS = 0.1


class _Write:
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
            name=name,
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

    def settle(self, attempt: Callable[[], None]) -> None:
        """Make ``attempt`` until it is known to have worked, or it is clear that it will not."""
        for number in range(1, _ATTEMPTS + 1):
            try:
                attempt()
            except ObjectExistsError as refused:
                # Another's, or this write's own, whose answer was lost on the way.
                if not self.is_stored(refused):
                    raise
            except BackendUnavailableError as failed:
                if not failed.request_sent:
                    raise
                if not self.is_stored(failed):
                    if failed.timed_out:
                        raise WriteOutcomeUnknownError(
                            f"A write was not answered in time and is not there yet: {failed} It "
                            f"may still appear. Look for {self.name!r} before you save it again."
                        ) from failed
                    if number == _ATTEMPTS:
                        raise
                    time.sleep(_PAUSE_SECONDS * number)
                    continue
            return


def put_whole(location: Location, name: str, data: bytes, *, replace: bool) -> None:
    """Store ``data`` in one request.

    Raises:
        ObjectExistsError: the name is taken and ``replace`` is False.
        WriteOutcomeUnknownError: see :class:`_Write`.
    """
    write = _Write(location, name, replace=replace)
    headers = {**write.headers, **write.condition}
    kind = write.options.sent_checksum
    if kind is not None:
        headers |= {WHOLE_CHECKSUM: kind, HEADERS[kind]: checksum(kind, data)}
    meter = write.meter(len(data))
    write.settle(lambda: location.put(name, data, headers, write.options.extra_query))
    if meter is not None:
        meter.add(len(data))


def part_size(options: WriteOptions, number: int) -> int:
    """Bytes of the part after ``number`` others.

    A length is not always known: larger parts later keep any file below 10,000 of them.
    """
    return min(options.part_size << (number * 4 // _MAX_PARTS), MAX_PART)


def _own_headers(location: Location, name: str) -> Mapping[str, str]:
    given = location.policy.object_headers(name)
    if not given:
        return NONE
    try:
        return hook_headers(given)
    except ValueError as error:
        raise InvalidBackendError(
            f"{type(location.policy).__name__}.object_headers({name!r}) gave headers that cannot "
            f"be sent: {error}."
        ) from None


class MultipartUpload:
    """A large object, part by part, a few parts at a time.

    As a context manager it is thrown away unless :meth:`commit` came to its end.

    Args:
        location, name: where to.
        replace: what is there may be replaced.
        total: in bytes, if it is known; for who is told of the progress.
    """

    def __init__(
        self, location: Location, name: str, *, replace: bool, total: int | None = None
    ) -> None:
        self._write = write = _Write(location, name, replace=replace)
        self._location = location
        self._name = name
        headers = write.headers
        self._checksum = write.options.sent_checksum
        if self._checksum is not None:
            headers = {**headers, PARTS_CHECKSUM: self._checksum}
        self._meter = write.meter(total)
        self._id = location.create_upload(name, headers, write.options.extra_query)
        self._parallel = write.options.parallel_uploads
        self._pool = ThreadPoolExecutor(self._parallel, thread_name_prefix="tenant-minio-part")
        self._parts: list[Future[Part]] = []
        self._pending: dict[Future[Part], int] = {}
        self._done = False

    def add(self, data: bytes) -> None:
        """Send the next part; waits while enough are on their way, and raises what one raised."""
        if len(self._pending) >= self._parallel:
            self._settle(wait(self._pending, return_when=FIRST_COMPLETED).done)
        part = self._pool.submit(self._put, len(self._parts) + 1, data)
        self._parts.append(part)
        self._pending[part] = len(data)

    def _settle(self, done: Iterable[Future[Part]]) -> None:
        for part in done:
            part.result()
            size = self._pending.pop(part)
            if self._meter is not None:
                self._meter.add(size)

    def _put(self, number: int, data: bytes) -> Part:
        headers = self._write.key_headers
        if self._checksum is not None:
            headers = {**headers, HEADERS[self._checksum]: checksum(self._checksum, data)}
        for attempt in range(1, _ATTEMPTS):
            try:
                return self._location.put_part(self._name, self._id, number, data, headers)
            except BackendUnavailableError as error:
                if error.timed_out or not error.request_sent:
                    raise
                time.sleep(_PAUSE_SECONDS * attempt)
        return self._location.put_part(self._name, self._id, number, data, headers)

    def commit(self) -> None:
        """Make the object appear.

        Raises:
            ObjectExistsError: the name was taken meanwhile and may not be replaced.
            WriteOutcomeUnknownError: see :class:`_Write`.
        """
        self._settle(as_completed(list(self._pending)))
        parts = [part.result() for part in self._parts]
        headers = {**self._write.key_headers, **self._write.condition}
        self._write.settle(
            lambda: self._location.complete_upload(self._name, self._id, parts, headers)
        )
        self._done = True
        self._pool.shutdown()

    def abort(self, *, quick: bool = False) -> None:
        """Throw the parts away, once none is on its way any more; ``quick`` gives up early."""
        if self._done:
            return
        self._done = True
        self._pool.shutdown(cancel_futures=True)
        self._location.abort_upload(self._name, self._id, quick=quick)

    def __enter__(self) -> MultipartUpload:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if isinstance(exc_value, WriteOutcomeUnknownError):
            # What may have become an object is not taken apart on a guess.
            self._done = True
            self._pool.shutdown(wait=False)
            return
        if exc_value is None:
            self.abort()
            return
        # A cluster that is silent was waited for once already.
        quick = isinstance(exc_value, BackendUnavailableError) and exc_value.timed_out
        try:
            self.abort(quick=quick)
        except TenantMinioError as error:
            exc_value.add_note(f"The unfinished upload could not be aborted: {error}")

"""A large object, sent part by part."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, as_completed, wait
from contextvars import copy_context
from functools import partial
from types import TracebackType

from tenant_minio.backends.base import Part
from tenant_minio.backends.checksums import HEADERS, checksum
from tenant_minio.backends.features import PARTS_CHECKSUM
from tenant_minio.backends.gate import repeated
from tenant_minio.backends.write_options import MAX_PART, WriteOptions
from tenant_minio.exceptions import (
    BackendUnavailableError,
    TenantMinioError,
    WriteOutcomeUnknownError,
)
from tenant_minio.storage.location import Location
from tenant_minio.storage.spooled import SpooledUpload
from tenant_minio.storage.write import ATTEMPTS, PAUSE_SECONDS, Write

_MAX_PARTS = 10_000  # S3 API: parts of one multipart upload


def begin_upload(
    location: Location, name: str, *, replace: bool, total: int | None = None
) -> MultipartUpload | SpooledUpload:
    """A large object to be written, in parts or, where the options forbid these, whole.

    Args:
        location, name: where to.
        replace: what is there may be replaced.
        total: in bytes, if it is known; for who is told of the progress.
    """
    write = Write(location, name, replace=replace)
    if write.options.multipart:
        return MultipartUpload(write, total)
    return SpooledUpload(write, total)


def part_size(options: WriteOptions, number: int) -> int:
    """Bytes of the part after ``number`` others.

    A length is not always known: larger parts later keep any file below 10,000 of them.
    """
    return min(options.part_size << (number * 4 // _MAX_PARTS), MAX_PART)


class MultipartUpload:
    """A large object, part by part, a few parts at a time.

    As a context manager it is thrown away unless :meth:`commit` came to its end.

    Args:
        write: what it is.
        total: see :func:`begin_upload`.
    """

    def __init__(self, write: Write, total: int | None) -> None:
        self._write = write
        self._location = location = write.location
        self._name = name = write.name
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
        """Send the next part, and raise what an earlier one raised.

        Comes back once there is room for another part, so that none is read before there is.
        """
        self._submit(len(data), partial(self._put, data=data))

    def copy(self, source: str, etag: str, size: int, extent: tuple[int, int] | None) -> None:
        """Have the cluster copy the next part, of ``size`` bytes, from an object in the bucket.

        For the rest see :meth:`tenant_minio.backends.base_uploads.Uploads.copy_part`.
        """
        self._submit(size, partial(self._copy, source=source, etag=etag, extent=extent))

    def _submit(self, size: int, store: Callable[[int], Part]) -> None:
        # In the context of who saves, so that a span there is the parent of those of the parts.
        context = copy_context()
        part = self._pool.submit(context.run, store, len(self._parts) + 1)
        self._parts.append(part)
        self._pending[part] = size
        if len(self._pending) >= self._parallel:
            self._settle(wait(self._pending, return_when=FIRST_COMPLETED).done)

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
        return self._repeated(
            partial(self._location.put_part, self._name, self._id, number, data, headers)
        )

    def _copy(self, number: int, *, source: str, etag: str, extent: tuple[int, int] | None) -> Part:
        return self._repeated(
            partial(
                self._location.copy_part,
                self._name,
                self._id,
                number,
                source=source,
                etag=etag,
                extent=extent,
            )
        )

    def _repeated(self, store: Callable[[], Part]) -> Part:
        attempt = store
        for count in range(1, ATTEMPTS):
            try:
                return attempt()
            except BackendUnavailableError as error:
                if error.timed_out or not error.request_sent:
                    raise
                time.sleep(PAUSE_SECONDS * count)
                attempt = partial(repeated, store)
        return attempt()

    def commit(self) -> None:
        """Make the object appear.

        Raises:
            ObjectExistsError: the name was taken meanwhile and may not be replaced.
            WriteOutcomeUnknownError: see :class:`Write`.
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

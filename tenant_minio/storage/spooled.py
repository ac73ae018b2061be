"""A large object, sent in one request."""

from __future__ import annotations

import hashlib
import tempfile
from types import TracebackType

from tenant_minio.backends.checksums import HEADERS, Checksum
from tenant_minio.backends.features import WHOLE_CHECKSUM
from tenant_minio.backends.sent_file import SentFile
from tenant_minio.backends.write_options import MAX_PART
from tenant_minio.exceptions import UnsupportedFeatureError
from tenant_minio.storage.write import Write


class SpooledUpload:
    """Gathers an object in a temporary file, and sends that.

    Length and digests stand in the head of a request, before its body: they have to be known.

    Args:
        write: what it is.
        total: in bytes, if it is known; for who is told of the progress.
    """

    def __init__(self, write: Write, total: int | None) -> None:
        self._write = write
        self._meter = write.meter(total)
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 -- closed by abort
        self._size = 0
        self._sha256 = hashlib.sha256()
        kind = write.options.sent_checksum
        self._checksum = None if kind is None else (kind, Checksum(kind))

    def add(self, data: bytes) -> None:
        """Take the next bytes.

        Raises UnsupportedFeatureError above 5 GiB.
        """
        self._size += len(data)
        if self._size > MAX_PART:
            raise UnsupportedFeatureError(
                f"{self._write.name!r} has more than {MAX_PART} bytes (5 GiB), and S3 takes no "
                f"more in one request. Leave the option 'multipart' True."
            )
        self._file.write(data)
        self._sha256.update(data)
        if self._checksum is not None:
            self._checksum[1].update(data)

    def commit(self) -> None:
        """Make the object appear.

        Raises:
            ObjectExistsError: the name is taken and may not be replaced.
            WriteOutcomeUnknownError: see :class:`Write`.
        """
        write = self._write
        headers = {**write.headers, **write.condition}
        if self._checksum is not None:
            kind, made = self._checksum
            headers |= {WHOLE_CHECKSUM: kind, HEADERS[kind]: made.text()}
        sent = SentFile(self._file, self._size, self._sha256.hexdigest())
        query = write.options.extra_query
        write.settle(lambda: write.location.put_file(write.name, sent, headers, query))
        self._file.close()
        if self._meter is not None:
            self._meter.add(self._size)

    def abort(self) -> None:
        """Drop what was gathered."""
        self._file.close()

    def __enter__(self) -> SpooledUpload:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.abort()

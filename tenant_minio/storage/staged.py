"""A file that a browser has put beside a tenant's files, and that a save makes one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, final

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from tenant_minio.backends.write_options import WriteOptions
from tenant_minio.exceptions import (
    ObjectChangedError,
    ObjectExistsError,
    ObjectNotFoundError,
    TenantMismatchError,
    UploadRefusedError,
)
from tenant_minio.storage.location import Location
from tenant_minio.storage.reader import BufferedObject, ObjectReader
from tenant_minio.storage.saver import USED_ALREADY, only_saver
from tenant_minio.storage.source import Source
from tenant_minio.storage.staging import StagingLocation
from tenant_minio.storage.upload import MultipartUpload
from tenant_minio.storage.write import Write, announced

# Copied at a time, well within a `read_timeout`; more where 10,000 parts would not be enough.
_COPIED_PART = 128 * 1024 * 1024
_MAX_PARTS = 10_000  # S3 API: parts of one multipart upload

REPLACED = _("This upload was replaced meanwhile. Upload the file again.")


@final
class StagedFile(UploadedFile):  # type: ignore[type-arg]  # no subscripts at run time
    """A confirmed upload, read from the cluster, and copied there when it is saved.

    Until then every read is pinned to the ETag that was confirmed. It can be saved once; then it
    is the saved file that is read, as Django's FieldFile does with what it was given.

    Args:
        place: where it lies.
        upload: what it is a part of.
        staged: its own name there.
        etag: that it has.
        name: that its user gave it.
        size: in bytes.
        content_type: as its name says.
    """

    def __init__(
        self,
        place: StagingLocation,
        *,
        upload: str,
        staged: str,
        etag: str,
        name: str,
        size: int,
        content_type: str,
    ) -> None:
        self.place = place
        self.upload = upload
        self.staged = staged
        self.etag = etag
        self._opened: BufferedObject | None = None
        self._became: tuple[Location, str] | None = None
        super().__init__(None, name, content_type, size)

    @property
    def file(self) -> BufferedObject:
        """The bytes, opened where they are first asked for. Raises ObjectChangedError."""
        if self._opened is None or self._opened.closed:
            reader = ObjectReader(*(self._became or (self.place, self.staged)))
            if self._became is None and reader.etag != self.etag:
                reader.close()
                raise ObjectChangedError(f"The upload {self.name!r} was replaced.")
            self._opened = BufferedObject(reader)
        return self._opened

    @file.setter
    def file(self, _file: Any) -> None:
        """Django's File sets what it is given; here it is found."""

    @property
    def closed(self) -> bool:
        return self._opened is None or self._opened.closed

    def open(self, *_args: Any, **_kwargs: Any) -> StagedFile:
        """Back to the beginning."""
        self.seek(0)
        return self

    def close(self) -> None:
        if self._opened is not None:
            self._opened.close()

    def require_there(self) -> None:
        """Refuse to save what is not there any more, also where it was read before.

        Raises UploadRefusedError.
        """
        try:
            info = self.place.head(self.staged)
        except ObjectNotFoundError:
            raise UploadRefusedError(USED_ALREADY, code="missing") from None
        if info.etag != self.etag:
            raise UploadRefusedError(REPLACED, code="changed")

    @property
    def is_saved(self) -> bool:
        """Whether it is a file of its tenant by now."""
        return self._became is not None

    def became(self, location: Location, name: str) -> None:
        """It was saved there."""
        self.close()
        self._became = location, name


class StagedSource:
    """What is saved by copying it on its cluster; as :class:`tenant_minio.storage.source.Source`.

    Args:
        file: what is copied.
    """

    def __init__(self, file: StagedFile) -> None:
        self._file = file
        self.size = int(file.size or 0)

    def store(self, location: Location, name: str, *, replace: bool) -> None:
        """Write it all under ``name``; the name is claimed where the parts become an object.

        A plain copy would overwrite: servers pass over If-None-Match there.

        Raises:
            ObjectExistsError: the name is taken and ``replace`` is False.
            ObjectNotFoundError, ObjectChangedError: what was confirmed is not there any more.
        """
        source, etag = self._file.place.key(self._file.staged), self._file.etag
        step = max(_COPIED_PART, -(-self.size // _MAX_PARTS))
        whole = self.size <= step
        if not (whole or replace) and location.exists(name):
            raise ObjectExistsError(
                f"There is a file {name!r} already, and it may not be replaced."
            )
        with MultipartUpload(Write(location, name, replace=replace), self.size) as upload:
            if whole:
                upload.copy(source, etag, self.size, None)
            else:
                for start in range(0, self.size, step):
                    end = min(start + step, self.size)
                    upload.copy(source, etag, end - start, (start, end - 1))
            upload.commit()

    def can_repeat(self) -> bool:
        """What lies on the cluster can be copied again."""
        return True


def source_of(content: Any, options: WriteOptions, location: Location) -> Source | StagedSource:
    """How ``content`` gets to ``location``: copied by the cluster, or through this process.

    Copied is what one key reaches on both sides, unless the options ask for what a copy does not
    do: checksums that are made here, a customer's own key, no parts.
    """
    if isinstance(content, StagedFile) and _copies(content, options, location):
        return StagedSource(content)
    return Source(content, options)


def _copies(file: StagedFile, options: WriteOptions, location: Location) -> bool:
    encryption = options.encryption()
    theirs, ours = file.place.route, location.route
    return (
        options.multipart
        and options.sent_checksum is None
        and (encryption is None or not encryption.key_headers)
        and (theirs.backend, theirs.bucket) == (ours.backend, ours.bucket)
        # With a key for each route, one is not let into another's.
        and (theirs.prefix == ours.prefix or file.place.backend is location.backend)
    )


def _ignore(_name: str) -> None:
    """What was not uploaded stays what it is."""


@contextmanager
def used_up(content: Any, location: Location) -> Iterator[Callable[[str], None]]:
    """A save of ``content``: one that was uploaded is saved once, by its own tenant.

    See :mod:`tenant_minio.storage.saver` for two who save it, or who died over it.

    Gives what is to be told the name that it was saved under.

    Raises:
        TenantMismatchError: it is another tenant's.
        UploadRefusedError: it was saved before, is being saved, or is not what was confirmed.
    """
    if not isinstance(content, StagedFile):
        # Not what an upload becomes, though saved while one is.
        with announced(None):
            yield _ignore
        return
    place = content.place
    if None not in (place.tenant, location.tenant) and place.tenant != location.tenant:
        raise TenantMismatchError(
            f"This file was uploaded for the tenant {place.tenant!r} and is saved under "
            f"{location.tenant!r}."
        )
    if content.is_saved:
        raise UploadRefusedError(USED_ALREADY, code="missing")
    with only_saver(place, content.upload, content.staged, location):
        content.require_there()
        try:
            yield partial(content.became, location)
        except (ObjectNotFoundError, ObjectChangedError):
            # Of the upload, which another has ended; else of something that the storage reads.
            content.require_there()
            raise

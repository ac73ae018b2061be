"""What a backend does: one request to one cluster per method, with this package's errors.

Everything above speaks to this interface. :class:`tenant_minio.backends.s3.S3Backend` is the real
one; :class:`tenant_minio.backends.memory.MemoryBackend` keeps objects in the process.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Protocol

from tenant_minio.backends.base_buckets import Buckets
from tenant_minio.backends.base_uploads import Uploads
from tenant_minio.backends.breakers import Breakers
from tenant_minio.backends.sent_file import SentFile
from tenant_minio.backends.signer import Query
from tenant_minio.routing.route import Route

# Carries a random token with each write, so that a lost answer can be told from another's object.
WRITE_TOKEN = "tm-write"  # noqa: S105 -- the name of a header, not a secret
NONE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """What a cluster says about an object.

    Args:
        size: in bytes.
        etag: without quotes.
        modified: with time zone.
        content_type: as stored.
        token: the write token of who stored it; empty if it was not this package.
    """

    size: int
    etag: str
    modified: datetime
    content_type: str
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectStat:
    """All that a cluster tells about an object; None and empty where it tells nothing.

    Args:
        name: relative to the tenant.
        size: in bytes.
        etag: without quotes.
        modified: by the cluster's clock, with time zone.
        content_type: as stored.
        metadata: user metadata by lower-case name, without what this package adds.
        headers: cache-control, content-disposition, content-encoding, content-language, expires.
        version_id, storage_class: as the cluster calls them.
        encryption: ``AES256`` or ``aws:kms`` (on the server's side), or ``SSE-C``.
        kms_key_id: with ``aws:kms``.
        tag_count: how many tags there are.
        retention_mode, retain_until, legal_hold: of object lock.
        checksums: in base64 by name, such as ``CRC32``; of an object of parts, ``-2`` and the like
            says that it is one over the checksums of so many.
    """

    name: str = ""
    size: int
    etag: str
    modified: datetime
    content_type: str
    metadata: Mapping[str, str]
    headers: Mapping[str, str]
    version_id: str | None = None
    storage_class: str | None = None
    encryption: str | None = None
    kms_key_id: str | None = None
    tag_count: int = 0
    retention_mode: str | None = None
    retain_until: datetime | None = None
    legal_hold: bool = False
    checksums: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a multipart upload, as its completion names it.

    Args:
        etag: without quotes.
        checksum_header: ``x-amz-checksum-*`` that it was sent with; empty if with none.
        checksum: its value.
    """

    etag: str
    checksum_header: str = ""
    checksum: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """One entry of a listing; a common prefix ends in ``/`` and has no size."""

    key: str
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """One object of a whole listing.

    Args:
        key: as the cluster holds it.
        size: in bytes.
        etag: without quotes.
        modified: with time zone, by the cluster's clock.
    """

    key: str
    size: int
    etag: str
    modified: datetime


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a whole listing.

    Args:
        at: the cluster's own time when it answered.
        objects: in the order of their keys.
    """

    at: datetime
    objects: tuple[Stored, ...]


@dataclass(frozen=True, slots=True)
class OpenUpload:
    """A multipart upload that was begun, and neither completed nor aborted.

    Args:
        key: as the cluster holds it.
        id: of the upload.
        begun: by the cluster's clock.
    """

    key: str
    id: str
    begun: datetime


@dataclass(frozen=True, slots=True)
class OpenUploads:
    """A part of the list of a bucket's open uploads.

    Args:
        at: the cluster's own time when it answered.
        uploads: what it told.
        complete: False for a server that leaves some out.
    """

    at: datetime
    uploads: tuple[OpenUpload, ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class SentParts:
    """The parts of an open upload that have arrived.

    Args:
        count: how many.
        size: in bytes.
        latest: when the last one came, by the cluster's clock; None without any.
    """

    count: int
    size: int
    latest: datetime | None


@dataclass(frozen=True, slots=True)
class Health:
    """Whether a cluster can be used; true where it is.

    Args:
        available: it answers as healthy and takes the credentials.
        server: ``minio`` or ``s3``, or empty where nothing answered.
        detail: what was seen, in words for an operator.
        read_only: it is not available, since nothing can be written; what is stored can be read.
    """

    available: bool
    server: str
    detail: str
    read_only: bool = False

    def __bool__(self) -> bool:
        return self.available


@dataclass(frozen=True, slots=True)
class ByteRange:
    """Which bytes of an object (RFC 9110, 14.1.2).

    Args:
        first: position of the first byte; None for the last ``last`` bytes, however many there are.
        last: position of the last byte, which may lie past the end; None for all from ``first``.
    """

    first: int | None
    last: int | None

    def extent(self, size: int) -> tuple[int, int]:
        """Where these bytes begin and end in an object of ``size`` bytes; empty where none fits."""
        if self.first is None:
            return max(0, size - (self.last or 0)), size
        if self.first >= size:
            return size, size
        return self.first, size if self.last is None else min(self.last + 1, size)

    def __str__(self) -> str:
        ends = ("" if end is None else str(end) for end in (self.first, self.last))
        return f"bytes={'-'.join(ends)}"


class Body(Protocol):
    """The rest of an object, as it arrives."""

    def read(self, size: int) -> bytes:
        """Up to ``size`` bytes; empty at the end."""

    def close(self) -> None:
        """Give the connection back, or up where something is left to read."""


class Backend(Buckets, Uploads):
    """One cluster.

    All methods may raise PermissionDeniedError, BackendUnavailableError, MissingBucketError and
    UnexpectedResponseError; only what else a method raises is said there. ``headers`` of a method
    that reads are those that an encrypted object (SSE-C) needs.

    Args:
        alias: the key in STORAGES, for errors.

    Attributes:
        breakers: whether the cluster is asked at present.
    """

    def __init__(self, alias: str) -> None:
        self.alias = alias
        # They never open, for clusters that cannot fail.
        self.breakers = Breakers.make(alias)

    @property
    @abstractmethod
    def location(self) -> str:
        """Endpoint, written so that two aliases of one cluster give the same text."""

    @property
    def addresses(self) -> frozenset[str]:
        """All that the settings call the cluster, written as :attr:`location`."""
        return frozenset({self.location})

    @property
    def one_public_bucket(self) -> bool:
        """Whether plain URLs can lead to one bucket only, since they do not name it."""
        return False

    @property
    def is_private(self) -> bool:
        """Whether nobody on the way can read what is sent."""
        return True

    def for_route(self, route: Route) -> Backend:
        """The same cluster, spoken to with the key for one route; itself where one is for all."""
        return self

    @abstractmethod
    def head(
        self, bucket: str, key: str, *, quick: bool = False, headers: Mapping[str, str] = NONE
    ) -> ObjectInfo:
        """Ask for an object; with ``quick`` give up early and at once.

        Raises ObjectNotFoundError.
        """

    @abstractmethod
    def stat(self, bucket: str, key: str, *, headers: Mapping[str, str] = NONE) -> ObjectStat:
        """All that the cluster tells about an object. Raises ObjectNotFoundError."""

    @abstractmethod
    def part_size(
        self, bucket: str, key: str, number: int, etag: str, *, headers: Mapping[str, str] = NONE
    ) -> int | None:
        """Bytes of one of the parts, numbered from 1, that an object was made of.

        None where the cluster does not tell. Raises ObjectNotFoundError, ObjectChangedError.
        """

    @abstractmethod
    def get_window(
        self,
        bucket: str,
        key: str,
        start: int,
        size: int,
        etag: str = "",
        *,
        headers: Mapping[str, str] = NONE,
    ) -> tuple[ObjectInfo, bytes]:
        """Up to ``size`` bytes from ``start``, and what the whole object is.

        ``etag`` pins the object. Raises ObjectNotFoundError, ObjectChangedError.
        """

    @abstractmethod
    def get_rest(
        self, bucket: str, key: str, start: int, etag: str, *, headers: Mapping[str, str] = NONE
    ) -> Body:
        """Everything from ``start``, streamed, of exactly the object with this ETag.

        Raises ObjectNotFoundError, ObjectChangedError.
        """

    @abstractmethod
    def get_range(
        self,
        bucket: str,
        key: str,
        wanted: ByteRange | None,
        etag: str = "",
        *,
        headers: Mapping[str, str] = NONE,
    ) -> tuple[ObjectStat, Body]:
        """What the whole object is, and the bytes that are wanted, streamed; all of them if None.

        The bytes are those of :meth:`ByteRange.extent`, and may be none. ``etag`` pins the object.
        Raises ObjectNotFoundError, ObjectChangedError.
        """

    @abstractmethod
    def put(
        self,
        bucket: str,
        key: str,
        data: bytes,
        headers: Mapping[str, str],
        query: Mapping[str, str] = NONE,
    ) -> None:
        """Store an object; with ``If-None-Match: *`` raises ObjectExistsError for a taken key.

        Raises UnsupportedFeatureError where the cluster does not do what a header asks for.
        """

    @abstractmethod
    def put_file(
        self,
        bucket: str,
        key: str,
        file: SentFile,
        headers: Mapping[str, str],
        query: Mapping[str, str] = NONE,
    ) -> None:
        """Store what is in a file in one request, read piece by piece; else as :meth:`put`."""

    @abstractmethod
    def delete(self, bucket: str, key: str) -> None:
        """Delete an object, if it is there."""

    @abstractmethod
    def list(self, bucket: str, prefix: str, *, limit: int | None = None) -> Iterator[Listed]:
        """What stands directly below ``prefix`` (delimiter ``/``), page by page."""

    @abstractmethod
    def walk(self, bucket: str, prefix: str) -> Iterator[Page]:
        """Every object below ``prefix``, however deep, page by page; at least one page."""

    @abstractmethod
    def delete_many(self, bucket: str, objects: Sequence[Stored]) -> dict[str, str]:
        """Delete up to 1,000 listed objects, and return why by the key of each that is left.

        Clusters that know conditional deletion leave an object whose ETag is another by now;
        MinIO and VersityGW do not.
        """

    @abstractmethod
    def create_upload(
        self, bucket: str, key: str, headers: Mapping[str, str], query: Mapping[str, str] = NONE
    ) -> str:
        """Begin a multipart upload and return its id.

        Raises UnsupportedFeatureError as :meth:`put`.
        """

    @abstractmethod
    def put_part(
        self,
        bucket: str,
        key: str,
        upload: str,
        number: int,
        data: bytes,
        *,
        headers: Mapping[str, str] = NONE,
    ) -> Part:
        """Store one part, numbered from 1."""

    @abstractmethod
    def complete_upload(
        self, bucket: str, key: str, upload: str, parts: Sequence[Part], headers: Mapping[str, str]
    ) -> None:
        """Make the object of its parts, all at once.

        Raises:
            ObjectExistsError: as :meth:`put`.
            UploadEndedError: it was completed or thrown away before.
        """

    @abstractmethod
    def abort_upload(self, bucket: str, key: str, upload: str, *, quick: bool = False) -> None:
        """Throw the parts away; one that is gone already is fine. ``quick`` gives up early."""

    @abstractmethod
    def open_uploads(self, bucket: str) -> Iterator[OpenUploads]:
        """The uploads of a bucket that are not ended, page by page; at least one page."""

    @abstractmethod
    def sent_parts(self, bucket: str, key: str, upload: str) -> SentParts:
        """What has arrived of an upload. Raises ObjectNotFoundError where it has ended."""

    @abstractmethod
    def presign(
        self, method: str, bucket: str, key: str, expires: int | None = None, query: Query = ()
    ) -> str:
        """A signed URL, without any network where the key is at hand.

        Args:
            method: the HTTP method that it is good for.
            bucket, key: of the object.
            expires: its life in seconds; the backend's own if None.
            query: the ``response-*`` headers that it asks for, sorted.
        """

    @abstractmethod
    def plain_url(self, bucket: str, key: str, *, public: bool) -> str:
        """The URL without a signature; of a ``public`` file, where it is served to anyone."""

    @abstractmethod
    def health(self) -> Health:
        """Whether the cluster can be used now. Raises nothing."""

    @abstractmethod
    def close(self) -> None:
        """Close idle connections."""

    @abstractmethod
    def forget_connections(self) -> None:
        """In a forked child: let go of what the parent still uses."""

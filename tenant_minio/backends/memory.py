"""A cluster in the memory of the process, for users' tests."""

from __future__ import annotations

import hashlib
import itertools
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import partial
from urllib.parse import quote, urlencode

from tenant_minio.backends.answers import object_stat
from tenant_minio.backends.base import (
    NONE,
    WRITE_TOKEN,
    Backend,
    Body,
    ByteRange,
    Health,
    Listed,
    ObjectInfo,
    ObjectStat,
    OpenUpload,
    OpenUploads,
    Page,
    Part,
    SentParts,
    Stored,
)
from tenant_minio.backends.checksums import HEADERS, checksum
from tenant_minio.backends.errors import name_in_use
from tenant_minio.backends.features import PARTS_CHECKSUM
from tenant_minio.backends.memory_buckets import Bucket, MemoryBuckets, StoredObject
from tenant_minio.backends.memory_uploads import MemoryUploads, OpenedUpload
from tenant_minio.backends.sent_file import SentFile
from tenant_minio.backends.signer import Query
from tenant_minio.exceptions import (
    ObjectChangedError,
    ObjectExistsError,
    ObjectNotFoundError,
    UploadEndedError,
)

_PAGE = 1000
_md5 = partial(hashlib.md5, usedforsecurity=False)


class MemoryBackend(MemoryBuckets, MemoryUploads, Backend):
    """Behaves as an S3 server does, without one. Buckets appear when they are first written to.

    Args:
        alias: the key in STORAGES; each alias is a cluster of its own.
    """

    def __init__(self, alias: str) -> None:
        Backend.__init__(self, alias)
        MemoryBuckets.__init__(self)
        self._opened: dict[str, OpenedUpload] = {}
        self._ids = itertools.count(1)

    @property
    def location(self) -> str:
        return f"memory:{self.alias}"

    def _target(self, bucket: str, key: str = "") -> str:
        return f"{self.alias}:{bucket}/{key}".removesuffix("/")

    def _find(self, bucket: str, key: str) -> StoredObject:
        with self._lock:
            found = self._buckets.get(bucket, Bucket()).objects.get(key)
        if found is None:
            raise ObjectNotFoundError(f"{self._target(bucket, key)}: there is no such file.")
        return found

    def head(
        self, bucket: str, key: str, *, quick: bool = False, headers: Mapping[str, str] = NONE
    ) -> ObjectInfo:
        return self._find(bucket, key).info

    def stat(self, bucket: str, key: str, *, headers: Mapping[str, str] = NONE) -> ObjectStat:
        return self._stat_of(self._find(bucket, key))

    def _stat_of(self, found: StoredObject) -> ObjectStat:
        answer = dict(found.headers)
        if "x-amz-tagging" in answer:
            answer["x-amz-tagging-count"] = str(answer["x-amz-tagging"].count("="))
        info = found.info
        answer["ETag"] = info.etag
        answer["Last-Modified"] = format_datetime(info.modified, usegmt=True)
        stat = object_stat(answer, info.size)
        return replace(stat, modified=info.modified, content_type=info.content_type)

    def part_size(
        self, bucket: str, key: str, number: int, etag: str, *, headers: Mapping[str, str] = NONE
    ) -> int | None:
        self._pinned(bucket, key, etag)
        return None

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
        found = self._pinned(bucket, key, etag)
        return found.info, found.data[start : start + size]

    def get_rest(
        self, bucket: str, key: str, start: int, etag: str, *, headers: Mapping[str, str] = NONE
    ) -> Body:
        return _MemoryBody(self._pinned(bucket, key, etag).data[start:])

    def get_range(
        self,
        bucket: str,
        key: str,
        wanted: ByteRange | None,
        etag: str = "",
        *,
        headers: Mapping[str, str] = NONE,
    ) -> tuple[ObjectStat, Body]:
        found = self._pinned(bucket, key, etag)
        start, end = (wanted or ByteRange(0, None)).extent(found.info.size)
        return self._stat_of(found), _MemoryBody(found.data[start:end])

    def _pinned(self, bucket: str, key: str, etag: str) -> StoredObject:
        found = self._find(bucket, key)
        if etag and found.info.etag != etag:
            raise ObjectChangedError(
                f"{self._target(bucket, key)}: the file was replaced while it was being read."
            )
        return found

    def put(
        self,
        bucket: str,
        key: str,
        data: bytes,
        headers: Mapping[str, str],
        query: Mapping[str, str] = NONE,
    ) -> None:
        self._store(bucket, key, data, headers)

    def _store(
        self, bucket: str, key: str, data: bytes, headers: Mapping[str, str], etag: str = ""
    ) -> None:
        with self._lock:
            objects = self._buckets.setdefault(bucket, Bucket()).objects
            if key not in objects:
                self._require_one_kind(bucket, key)
            elif headers.get("If-None-Match") == "*":
                raise ObjectExistsError(f"{self._target(bucket, key)}: there is such a file.")
            info = ObjectInfo(
                size=len(data),
                etag=etag or _md5(data).hexdigest(),
                # HTTP's dates have whole seconds (RFC 9110, 5.6.7).
                modified=datetime.now(UTC).replace(microsecond=0),
                content_type=headers.get("content-type", "application/octet-stream"),
                token=headers.get(f"x-amz-meta-{WRITE_TOKEN}", ""),
            )
            objects[key] = StoredObject(info, bytes(data), dict(headers))

    def _require_one_kind(self, bucket: str, key: str) -> None:
        """Refuse what would be a file and a directory, as VersityGW does; MinIO takes it.

        A key that ends in "/" is the mark of a directory, and no file.
        """
        objects = self._buckets[bucket].objects
        parents = itertools.accumulate(key.split("/")[:-1], "{}/{}".format)
        if any(parent in objects for parent in parents if not parent.endswith("/")):
            raise name_in_use(self._target(bucket, key), by_parent=True)
        if not key.endswith("/") and any(one.startswith(f"{key}/") for one in objects):
            raise name_in_use(self._target(bucket, key), by_parent=False)

    def put_file(
        self,
        bucket: str,
        key: str,
        file: SentFile,
        headers: Mapping[str, str],
        query: Mapping[str, str] = NONE,
    ) -> None:
        file.file.seek(0)
        self.put(bucket, key, file.file.read(), headers)

    def delete(self, bucket: str, key: str) -> None:
        with self._lock:
            self._buckets.get(bucket, Bucket()).objects.pop(key, None)

    def list(self, bucket: str, prefix: str, *, limit: int | None = None) -> Iterator[Listed]:
        with self._lock:
            objects = dict(self._buckets.get(bucket, Bucket()).objects)
        found: dict[str, int | None] = {}
        for key in sorted(objects):
            if key.startswith(prefix):
                child, slash, _ = key[len(prefix) :].partition("/")
                found[prefix + child + slash] = None if slash else objects[key].info.size
        for key, size in itertools.islice(found.items(), limit):
            yield Listed(key, size)

    def walk(self, bucket: str, prefix: str) -> Iterator[Page]:
        with self._lock:
            objects = dict(self._buckets.get(bucket, Bucket()).objects)
        found = [
            Stored(key, one.info.size, one.info.etag, one.info.modified)
            for key, one in sorted(objects.items())
            if key.startswith(prefix)
        ]
        for start in range(0, len(found) or 1, _PAGE):
            yield Page(datetime.now(UTC), tuple(found[start : start + _PAGE]))

    def delete_many(self, bucket: str, objects: Sequence[Stored]) -> dict[str, str]:
        left = {}
        with self._lock:
            held = self._buckets.get(bucket, Bucket()).objects
            for one in objects:
                found = held.get(one.key)
                if found is not None and found.info.etag != one.etag:
                    left[one.key] = "PreconditionFailed: it was replaced."
                elif found is not None:
                    del held[one.key]
        return left

    def create_upload(
        self, bucket: str, key: str, headers: Mapping[str, str], query: Mapping[str, str] = NONE
    ) -> str:
        with self._lock:
            upload = f"{bucket}/{key}?{next(self._ids)}"
            self._opened[upload] = OpenedUpload(bucket, key, headers, datetime.now(UTC))
        return upload

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
        return Part(self._store_part(bucket, key, upload, number, data))

    def _store_part(self, bucket: str, key: str, upload: str, number: int, data: bytes) -> str:
        found = self._open_upload(bucket, key, upload)
        found.parts[number] = bytes(data), datetime.now(UTC)
        return str(number)

    def complete_upload(
        self, bucket: str, key: str, upload: str, parts: Sequence[Part], headers: Mapping[str, str]
    ) -> None:
        found = self._open_upload(bucket, key, upload)
        sent = [found.parts[int(part.etag)][0] for part in parts]
        data = b"".join(sent)
        # https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html
        digest = _md5(b"".join(_md5(part).digest() for part in sent)).hexdigest()
        made = {**found.headers, **headers}
        if kind := made.get(PARTS_CHECKSUM):
            made[HEADERS[kind]] = checksum(kind, data)
        self._store(bucket, key, data, made, f"{digest}-{len(sent)}")
        self.abort_upload(bucket, key, upload)

    def abort_upload(self, bucket: str, key: str, upload: str, *, quick: bool = False) -> None:
        self._opened.pop(upload, None)

    def open_uploads(self, bucket: str) -> Iterator[OpenUploads]:
        with self._lock:
            found = tuple(
                OpenUpload(one.key, upload, one.begun)
                for upload, one in self._opened.items()
                if one.bucket == bucket
            )
        yield OpenUploads(datetime.now(UTC), found, complete=True)

    def sent_parts(self, bucket: str, key: str, upload: str) -> SentParts:
        parts = self.arrived_parts(bucket, key, upload)
        latest = max((part.arrived for part in parts), default=None)
        return SentParts(len(parts), sum(part.size for part in parts), latest)

    def _open_upload(self, bucket: str, key: str, upload: str) -> OpenedUpload:
        found = self._opened.get(upload)
        if found is None or (found.bucket, found.key) != (bucket, key):
            raise UploadEndedError(f"{self._target(bucket, key)}: this upload has ended already.")
        return found

    def presign(
        self, method: str, bucket: str, key: str, expires: int | None = None, query: Query = ()
    ) -> str:
        shown = (("method", method), ("expires", str(expires or 3600)), *query)
        return f"{self.plain_url(bucket, key)}?{urlencode(shown)}"

    def plain_url(self, bucket: str, key: str, *, public: bool = False) -> str:
        return f"memory://{self.alias}/{quote(f'{bucket}/{key}')}"

    def health(self) -> Health:
        return Health(available=True, server="memory", detail="in the memory of this process")

    def close(self) -> None:
        """Nothing is open."""

    def forget_connections(self) -> None:
        """The lock may have been held by another thread of the parent."""
        self._lock = threading.RLock()


class _MemoryBody:
    def __init__(self, data: bytes) -> None:
        self._data = memoryview(data)

    def read(self, size: int) -> bytes:
        piece, self._data = self._data[:size], self._data[size:]
        return bytes(piece)

    def close(self) -> None:
        """Nothing to give back."""

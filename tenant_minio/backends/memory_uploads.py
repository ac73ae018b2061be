"""What browsers send, and copies, on a cluster in memory."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode

from tenant_minio.backends.base import NONE
from tenant_minio.backends.base_uploads import ArrivedPart, UploadForm, Uploads
from tenant_minio.backends.memory_buckets import StoredObject
from tenant_minio.exceptions import ObjectNotFoundError


@dataclass(slots=True)
class OpenedUpload:
    """A multipart upload that has not ended."""

    bucket: str
    key: str
    headers: Mapping[str, str] = field(repr=False)
    begun: datetime
    parts: dict[int, tuple[bytes, datetime]] = field(default_factory=dict, repr=False)


class MemoryUploads(Uploads):
    """No browser reaches the memory of a process, so forms and URLs lead nowhere and are not
    signed: tests store with ``put`` and ``put_part`` what a browser would have sent, and nothing
    holds them to the size, the type or the time of a form. The ETag of a part is its number. All
    else is as on a server.
    """

    alias: str
    _opened: dict[str, OpenedUpload]

    def upload_form(
        self,
        bucket: str,
        key: str,
        *,
        size: int,
        content_type: str,
        expires: int,
        headers: Mapping[str, str],
    ) -> UploadForm:
        fields = {"key": key, "Content-Type": content_type, **headers}
        return UploadForm(f"memory://{self.alias}/{bucket}/", fields)

    def require_parts(self, bucket: str, key: str, headers: Mapping[str, str]) -> None:
        """Its URLs lead nowhere."""

    def presign_part(
        self,
        bucket: str,
        key: str,
        upload: str,
        number: int,
        *,
        size: int,
        expires: int,
        headers: Mapping[str, str] = NONE,
    ) -> str:
        query = {"partNumber": number, "uploadId": upload, "size": size, "expires": expires}
        return f"{self.plain_url(bucket, key, public=False)}?{urlencode(query)}"

    def arrived_parts(
        self, bucket: str, key: str, upload: str, *, limit: int | None = None
    ) -> tuple[ArrivedPart, ...]:
        found = self._opened.get(upload)
        if found is None or (found.bucket, found.key) != (bucket, key):
            raise ObjectNotFoundError(f"{self.alias}:{bucket}/{key}: this upload has ended.")
        return tuple(
            ArrivedPart(number, len(data), str(number), arrived)
            for number, (data, arrived) in sorted(found.parts.items())[:limit]
        )

    def copy(
        self, bucket: str, source: str, key: str, *, etag: str, headers: Mapping[str, str]
    ) -> None:
        self._store(bucket, key, self._pinned(bucket, source, etag).data, headers)

    def copy_part(
        self,
        bucket: str,
        source: str,
        key: str,
        upload: str,
        number: int,
        *,
        etag: str,
        extent: tuple[int, int] | None,
    ) -> str:
        data = self._pinned(bucket, source, etag).data
        if extent is not None:
            data = data[extent[0] : extent[1] + 1]
        return self._store_part(bucket, key, upload, number, data)

    @abstractmethod
    def plain_url(self, bucket: str, key: str, *, public: bool) -> str:
        """See :meth:`tenant_minio.backends.base.Backend.plain_url`."""

    @abstractmethod
    def _pinned(self, bucket: str, key: str, etag: str) -> StoredObject: ...

    @abstractmethod
    def _store(self, bucket: str, key: str, data: bytes, headers: Mapping[str, str]) -> None: ...

    @abstractmethod
    def _store_part(self, bucket: str, key: str, upload: str, number: int, data: bytes) -> str: ...

"""What browsers send by themselves to a cluster that speaks S3, and what it copies.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tenant_minio.backends.base import NONE
from tenant_minio.backends.base_uploads import ArrivedPart, UploadForm, Uploads
from tenant_minio.backends.connection import Connection
from tenant_minio.backends.credentials.credential import Credential
from tenant_minio.backends.credentials.urls import signed_by
from tenant_minio.backends.features import Proofs
from tenant_minio.backends.open_uploads import arrived_parts
from tenant_minio.backends.options import BackendOptions
from tenant_minio.backends.part_urls import GUARD, PROBE, PartUrls
from tenant_minio.backends.signed_urls import SignedUrls
from tenant_minio.backends.signer import Address, Signer, quoted
from tenant_minio.backends.upload_answers import copied_etag
from tenant_minio.backends.upload_policy import signed_fields
from tenant_minio.exceptions import (
    ObjectChangedError,
    ObjectExistsError,
)

# Seconds for which the URL of a proof is good; clocks may differ a little.
_PROBE_LIFE = 300


class S3Uploads(Uploads):
    """Speaks through the connection of the backend that this is a part of."""

    connection: Connection
    options: BackendOptions
    urls: SignedUrls
    _proofs: Proofs
    _url_key: Credential | None
    _part_urls: PartUrls
    _address: Callable[[str], Address]
    _address_at: Callable[[str, bool, str], Address]

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
        self._proofs.require(bucket, key, headers)
        signer, at, life = self._signed_now(expires)
        fields = signed_fields(
            signer,
            bucket,
            key,
            size=size,
            content_type=content_type,
            at=at,
            expires=life,
            headers=headers,
        )
        address = self._address(bucket)
        return UploadForm(address.origin + address.root, fields)

    def require_parts(self, bucket: str, key: str, headers: Mapping[str, str]) -> None:
        self._needs_guard(bucket, key, headers)

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
        guarded = self._needs_guard(bucket, key, headers)
        at = self._address(bucket)
        return self._part_url(at, key, upload, number, size=size, expires=expires, guarded=guarded)

    def _needs_guard(self, bucket: str, key: str, headers: Mapping[str, str]) -> bool:
        def sign(upload: str, guarded: bool) -> str:
            at = self._address_at(self.options.endpoint, self.options.secure, bucket)
            return self._part_url(
                at, key, upload, 1, size=len(PROBE), expires=_PROBE_LIFE, guarded=guarded
            )

        return self._part_urls.guarded(self.connection, bucket, key, headers, sign)

    def _part_url(
        self,
        address: Address,
        key: str,
        upload: str,
        number: int,
        *,
        size: int,
        expires: int,
        guarded: bool,
    ) -> str:
        # Not among the kept URLs: each is asked for once.
        signer, at, life = self._signed_now(expires)
        guard = GUARD if guarded else ()
        query = (("partNumber", str(number)), ("uploadId", upload), *guard)
        headers = (("content-length", str(size)), *guard)
        return signer.presign(
            "PUT", address, key, at=at, expires=life, query=query, headers=headers
        )

    def _signed_now(self, life: int) -> tuple[Signer, int, int]:
        at = int(self.urls.clock())
        if self._url_key is None:
            return self.urls.signer, at, life
        return signed_by(self._url_key, at, life)

    def arrived_parts(
        self, bucket: str, key: str, upload: str, *, limit: int | None = None
    ) -> tuple[ArrivedPart, ...]:
        return arrived_parts(self.connection, bucket, key, upload, limit=limit)

    def copy(
        self, bucket: str, source: str, key: str, *, etag: str, headers: Mapping[str, str]
    ) -> None:
        headers = {**headers, "x-amz-metadata-directive": "REPLACE"}
        self._copy(bucket, key, source=source, etag=etag, headers=headers)

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
        headers = {}
        if extent is not None:
            headers["x-amz-copy-source-range"] = "bytes={}-{}".format(*extent)
        query = {"partNumber": str(number), "uploadId": upload}
        return self._copy(bucket, key, source=source, etag=etag, headers=headers, query=query)

    def _copy(
        self,
        bucket: str,
        key: str,
        *,
        source: str,
        etag: str,
        headers: Mapping[str, str],
        query: Mapping[str, str] = NONE,
    ) -> str:
        """Copy, and return the ETag of what it became."""
        asked = {
            **headers,
            "x-amz-copy-source": f"/{bucket}/{quoted(source)}",
            "x-amz-copy-source-if-match": f'"{etag}"',
        }
        try:
            answer = self.connection.request(
                "PUT", bucket, key, headers=asked, query=query, patient=True
            )
            return copied_etag(self.connection, answer, bucket, key)
        except ObjectExistsError as error:
            # What has no condition but the source's ETag.
            raise ObjectChangedError(
                f"{self.connection.target(bucket, source)}: the file was replaced before it could "
                f"be copied."
            ) from error

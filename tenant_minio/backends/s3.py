"""A cluster that speaks S3: MinIO, VersityGW, Ceph, Garage, AWS."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import replace
from functools import lru_cache
from xml.sax.saxutils import escape

from minio.error import S3Error
from minio.helpers import BaseURL
from urllib3 import BaseHTTPResponse

from tenant_minio.backends.addresses import BUCKET_SLOT
from tenant_minio.backends.answers import (
    NoBody,
    StreamedBody,
    extent,
    length,
    object_info,
    object_stat,
    span,
)
from tenant_minio.backends.base import (
    NONE,
    Backend,
    Body,
    ByteRange,
    Health,
    Listed,
    ObjectInfo,
    ObjectStat,
    OpenUploads,
    Page,
    Part,
    SentParts,
    Stored,
)
from tenant_minio.backends.bound_connection import BoundConnection
from tenant_minio.backends.checksums import CHECKSUM_PREFIX
from tenant_minio.backends.circuit import State
from tenant_minio.backends.connection import Connection
from tenant_minio.backends.credentials.credential import Credential
from tenant_minio.backends.credentials.kinds import TENANT
from tenant_minio.backends.credentials.sources import (
    has_route_keys,
    may_list,
    route_credential,
    sts_fault,
)
from tenant_minio.backends.credentials.urls import exceeds_key, signed_by
from tenant_minio.backends.credentials.views import Views
from tenant_minio.backends.errors import code_of, name_in_use, server_of, status_of
from tenant_minio.backends.features import Proofs
from tenant_minio.backends.health import probe
from tenant_minio.backends.open_uploads import open_uploads, sent_parts
from tenant_minio.backends.options import BackendOptions
from tenant_minio.backends.part_urls import PartUrls
from tenant_minio.backends.s3_buckets import S3Buckets
from tenant_minio.backends.s3_uploads import S3Uploads
from tenant_minio.backends.sent_file import SentFile
from tenant_minio.backends.signed_urls import SignedUrls
from tenant_minio.backends.signer import Address, Query, Signer, quoted
from tenant_minio.backends.sweeping import MAX_PAGE, delete_many, pages, walk
from tenant_minio.backends.upload_answers import require_completed, upload_id, written_etag
from tenant_minio.exceptions import (
    BackendUnavailableError,
    InvalidBackendError,
    ObjectChangedError,
    TenantMinioError,
    UnexpectedResponseError,
    UploadEndedError,
)
from tenant_minio.routing.route import Route


def _named(number: int, part: Part) -> str:
    """A part as the completion of an upload names it."""
    proof = ""
    if part.checksum_header:
        element = "Checksum" + part.checksum_header.removeprefix(CHECKSUM_PREFIX).upper()
        proof = f"<{element}>{part.checksum}</{element}>"
    return f"<Part><PartNumber>{number}</PartNumber><ETag>{escape(part.etag)}</ETag>{proof}</Part>"


class _PastTheEndError(Exception):
    """The range begins where the object has ended."""


class _BrokenOffError(BackendUnavailableError):
    """A window's answer had begun and did not end."""


class S3Backend(S3Buckets, S3Uploads, Backend):
    """Speaks through one connection pool per process, made at first use.

    Args:
        alias: the key in STORAGES.
        options: see :class:`BackendOptions`.
    """

    def __init__(self, alias: str, options: BackendOptions) -> None:
        super().__init__(alias)
        self.options = options
        self.own = self.connection = self._listing = Connection(alias, options)
        self.breakers = self.own.gate.breakers
        self._proofs = Proofs(self.connection)
        self._part_urls = PartUrls()
        own = self.own.provider
        self._url_key = own if isinstance(own, Credential) else None
        self._gives_keys = False
        self._views: Views[S3Backend] | None = None
        if has_route_keys(options):
            self._views = Views(self._bound_to, options.credentials_cache_size)
        # Where a provider gives the key, each key has a signer of its own instead.
        signer = Signer(
            access_key=options.access_key,
            secret_key=options.secret_key,
            session_token=options.session_token,
            region=options.region,
        )
        self._address = lru_cache(1024)(self._find_address)
        self.urls = SignedUrls(
            signer, self._address, window=options.url_window, size=options.url_cache_size
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.alias!r} at {self.options.endpoint}>"

    @property
    def location(self) -> str:
        return self.options.location

    @property
    def addresses(self) -> frozenset[str]:
        return frozenset({self.options.location, self.options.external_location})

    @property
    def one_public_bucket(self) -> bool:
        public_url = self.options.public_url
        return public_url is not None and BUCKET_SLOT not in public_url

    @property
    def is_private(self) -> bool:
        return self.options.secure

    def for_route(self, route: Route) -> S3Backend:
        return self if self._views is None else self._views.of(route)

    def _bound_to(self, route: Route) -> S3Backend:
        """This cluster, its connections, proofs and URLs, with the key for one route."""
        key = route_credential(
            self.alias, self.options, route, self.own.provider, lambda: self.own.client
        )
        connection = BoundConnection(self.own, key, route.prefix)
        lists = may_list(self.options, route)
        view = copy(self)
        view.__dict__.update(
            connection=connection,
            _listing=connection if lists else self.own,
            _views=None,
            _proofs=self._proofs.through(connection),
            _url_key=key if self.options.url_credentials == TENANT else self._url_key,
        )
        return view

    def close(self) -> None:
        self.own.close()

    def forget_connections(self) -> None:
        self.own.forget()
        self.urls.forget()
        self._proofs.forget()
        if self._views is not None:
            for view in self._views.forget():
                view.connection.forget_key()

    def head(
        self, bucket: str, key: str, *, quick: bool = False, headers: Mapping[str, str] = NONE
    ) -> ObjectInfo:
        client = self.connection.probe_client if quick else None
        answer = self.connection.request("HEAD", bucket, key, headers=headers, client=client)
        try:
            return object_info(answer.headers, length(answer.headers))
        except ValueError as error:
            raise self._not_what_was_asked(error, "HEAD", bucket, key) from error

    def stat(self, bucket: str, key: str, *, headers: Mapping[str, str] = NONE) -> ObjectStat:
        asking = {**headers, "x-amz-checksum-mode": "ENABLED"}
        answer = self.connection.request("HEAD", bucket, key, headers=asking)
        try:
            return object_stat(answer.headers, length(answer.headers))
        except ValueError as error:
            raise self._not_what_was_asked(error, "HEAD", bucket, key) from error

    def part_size(
        self, bucket: str, key: str, number: int, etag: str, *, headers: Mapping[str, str] = NONE
    ) -> int | None:
        query = {"partNumber": str(number)}
        answer = self.connection.request("HEAD", bucket, key, headers=headers, query=query)
        if answer.headers.get("ETag", "").strip('"') != etag:
            raise self._changed(bucket, key)
        # A server that passes over the number answers about the whole object.
        if answer.status != 206 or "x-amz-mp-parts-count" not in answer.headers:
            return None
        try:
            return length(answer.headers)
        except ValueError as error:
            raise self._not_what_was_asked(error, "HEAD", bucket, key) from error

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
        try:
            try:
                return self._get_window(bucket, key, start, size, etag, headers=headers)
            except _BrokenOffError:
                # Nobody above has seen any of it: a connection that breaks is made once more.
                return self._get_window(bucket, key, start, size, etag, headers=headers)
        except _PastTheEndError:
            # No range of an empty object can be satisfied (RFC 9110, 15.5.17).
            return self.head(bucket, key, headers=headers), b""

    def get_rest(
        self, bucket: str, key: str, start: int, etag: str, *, headers: Mapping[str, str] = NONE
    ) -> Body:
        try:
            return self._get(bucket, key, f"bytes={start}-", start, etag, headers=headers)[2]
        except _PastTheEndError:
            raise self._changed(bucket, key) from None

    def get_range(
        self,
        bucket: str,
        key: str,
        wanted: ByteRange | None,
        etag: str = "",
        *,
        headers: Mapping[str, str] = NONE,
    ) -> tuple[ObjectStat, Body]:
        asked = dict(headers)
        if wanted is not None:
            asked["Range"] = str(wanted)
        if etag:
            asked["If-Match"] = f'"{etag}"'
        try:
            answer = self.connection.request("GET", bucket, key, headers=asked, stream=True)
        except UnexpectedResponseError as error:
            if status_of(error.__cause__) != 416:
                raise
            # None of the bytes is there. What is there, an error's answer does not say.
            return self._nothing_of(bucket, key, etag, headers)
        body = StreamedBody(self.connection, answer, bucket, key)
        if answer.status == 206 and answer.headers.get("Content-Length") == "0":
            # MinIO's answer where the last bytes of an empty object are wanted.
            body.close()
            return self._nothing_of(bucket, key, etag, headers)
        try:
            start, end, total = span(answer)
            # A server that ignores the range would be read from the wrong byte on.
            if (start, end) != (wanted or ByteRange(0, None)).extent(total):
                raise ValueError(f"bytes {start} to {end} of {total} instead of {wanted}")  # noqa: TRY301 -- one way out
            stat = object_stat(answer.headers, total)
        except ValueError as error:
            body.close()
            raise self._not_what_was_asked(error, "GET", bucket, key) from error
        if etag and stat.etag != etag:
            body.close()
            raise self._changed(bucket, key)
        return stat, body

    def _nothing_of(
        self, bucket: str, key: str, etag: str, headers: Mapping[str, str]
    ) -> tuple[ObjectStat, Body]:
        stat = self.stat(bucket, key, headers=headers)
        if etag and stat.etag != etag:
            raise self._changed(bucket, key)
        return stat, NoBody()

    def _get_window(
        self, bucket: str, key: str, start: int, size: int, etag: str, *, headers: Mapping[str, str]
    ) -> tuple[ObjectInfo, bytes]:
        asked = f"bytes={start}-{start + size - 1}"
        info, end, body = self._get(bucket, key, asked, start, etag, headers=headers)
        wanted = min(size, end - start)
        try:
            data = body.read(wanted)
            if len(data) < wanted:
                body.read(wanted)  # raises where the connection broke
                raise self._not_what_was_asked("it is too short", "GET", bucket, key)
        except BackendUnavailableError as error:
            if error.timed_out:
                raise
            raise _BrokenOffError(*error.args) from error.__cause__
        finally:
            body.close()
        return info, data

    def _get(
        self,
        bucket: str,
        key: str,
        asked: str,
        start: int,
        etag: str,
        *,
        headers: Mapping[str, str],
    ) -> tuple[ObjectInfo, int, Body]:
        """What the whole object is, where the bytes that come end, and these bytes.

        The answer is read as it comes: a server that ignores the range costs no memory.

        Raises:
            ObjectChangedError: it is another object than ``etag`` pins.
            UnexpectedResponseError: these are not the bytes from ``start``.
        """
        headers = {**headers, "Range": asked}
        if etag:
            headers["If-Match"] = f'"{etag}"'
        try:
            answer = self.connection.request("GET", bucket, key, headers=headers, stream=True)
        except UnexpectedResponseError as error:
            if status_of(error.__cause__) == 416:
                raise _PastTheEndError from None
            raise
        body = StreamedBody(self.connection, answer, bucket, key)
        try:
            end, total = extent(answer, start)
            info = object_info(answer.headers, total)
        except ValueError as error:
            body.close()
            raise self._not_what_was_asked(error, "GET", bucket, key) from error
        if etag and info.etag != etag:
            body.close()
            raise self._changed(bucket, key)
        return info, end, body

    def _changed(self, bucket: str, key: str) -> ObjectChangedError:
        return ObjectChangedError(
            f"{self.connection.target(bucket, key)}: the file was replaced while it was being "
            f"read. Open it again."
        )

    def _not_what_was_asked(
        self, why: object, method: str, bucket: str, key: str
    ) -> UnexpectedResponseError:
        return UnexpectedResponseError(
            f"{self.connection.target(bucket, key)}: the answer to {method} is not what was asked "
            f"for: {why}. Look for what stands between here and the cluster."
        )

    def put(
        self,
        bucket: str,
        key: str,
        data: bytes,
        headers: Mapping[str, str],
        query: Mapping[str, str] = NONE,
    ) -> None:
        self._put(
            bucket,
            key,
            headers,
            lambda: self.connection.request(
                "PUT", bucket, key, body=data, headers=headers, query=query
            ),
        )

    def put_file(
        self,
        bucket: str,
        key: str,
        file: SentFile,
        headers: Mapping[str, str],
        query: Mapping[str, str] = NONE,
    ) -> None:
        self._put(
            bucket,
            key,
            headers,
            lambda: self.connection.request(
                "PUT", bucket, key, body=file, headers=headers, query=query
            ),
        )

    def _put(
        self,
        bucket: str,
        key: str,
        headers: Mapping[str, str],
        send: Callable[[], BaseHTTPResponse],
    ) -> None:
        asked = self._proofs.require(bucket, key, headers)
        answer = send()
        written_etag(self.connection, answer, bucket, key)
        if asked is not None and (missing := asked.unproved(answer.headers)):
            raise self._not_what_was_asked(f"it was stored without {missing}", "PUT", bucket, key)

    def delete(self, bucket: str, key: str) -> None:
        self._require_gone(self.connection.request("DELETE", bucket, key), bucket, key)

    def _require_gone(self, answer: BaseHTTPResponse, bucket: str, key: str) -> None:
        if answer.status != 204:
            why = f"status {answer.status} instead of 204"
            raise self._not_what_was_asked(why, "DELETE", bucket, key)

    def list(self, bucket: str, prefix: str, *, limit: int | None = None) -> Iterator[Listed]:
        for _answer, found in pages(
            self._listing, bucket, prefix, delimiter="/", size=limit or MAX_PAGE
        ):
            for item in found:
                yield Listed(str(item.object_name), None if item.is_dir else item.size)
                if limit is not None and (limit := limit - 1) == 0:
                    return

    def walk(self, bucket: str, prefix: str) -> Iterator[Page]:
        return walk(self._listing, bucket, prefix)

    def delete_many(self, bucket: str, objects: Sequence[Stored]) -> dict[str, str]:
        return delete_many(self.connection, bucket, objects)

    def create_upload(
        self, bucket: str, key: str, headers: Mapping[str, str], query: Mapping[str, str] = NONE
    ) -> str:
        self._proofs.require(bucket, key, headers)
        answer = self.connection.request(
            "POST", bucket, key, headers=headers, query={**query, "uploads": ""}
        )
        return upload_id(self.connection, answer, bucket, key)

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
        query = {"partNumber": str(number), "uploadId": upload}
        answer = self.connection.request(
            "PUT", bucket, key, body=data, headers=headers, query=query, patient=True
        )
        etag = written_etag(self.connection, answer, bucket, key)
        for name, value in headers.items():
            if name.startswith(CHECKSUM_PREFIX):
                return Part(etag, name, value)
        return Part(etag)

    def complete_upload(
        self, bucket: str, key: str, upload: str, parts: Sequence[Part], headers: Mapping[str, str]
    ) -> None:
        named = "".join(_named(number, part) for number, part in enumerate(parts, 1))
        body = (
            '<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
            f"{named}</CompleteMultipartUpload>"
        ).encode()
        all_headers = {"Content-Type": "application/xml", **headers}
        query = {"uploadId": upload}
        try:
            answer = self.connection.request(
                "POST", bucket, key, body=body, headers=all_headers, query=query, patient=True
            )
        except UnexpectedResponseError as error:
            if code_of(error.__cause__) != "NoSuchUpload":
                raise
            raise UploadEndedError(
                f"{self.connection.target(bucket, key)}: this upload has ended already."
            ) from error.__cause__
        except BackendUnavailableError as error:
            if not self._is_directory(bucket, key, error.__cause__):
                raise
            target = self.connection.target(bucket, key)
            raise name_in_use(target, by_parent=False) from error.__cause__
        require_completed(self.connection, answer, bucket, key)

    def _is_directory(self, bucket: str, key: str, failure: BaseException | None) -> bool:
        """Whether a completion failed over files below its key.

        VersityGW 1.8 says 500 then, where it says 409 ExistingObjectIsDirectory to a PUT.
        """
        if not isinstance(failure, S3Error) or status_of(failure) != 500:
            return False
        if server_of(failure.response.headers) != "VERSITYGW":
            return False
        try:
            return any(self.list(bucket, f"{key}/", limit=1))
        except TenantMinioError:
            return False

    def abort_upload(self, bucket: str, key: str, upload: str, *, quick: bool = False) -> None:
        try:
            # A cluster that is not asked any more may still answer this, but is not waited for.
            quick = quick or self.breakers.writes.state is not State.CLOSED
            client = self.connection.probe_client if quick else None
            query = {"uploadId": upload}
            answer = self.connection.request(
                "DELETE", bucket, key, query=query, client=client, patient=True
            )
            self._require_gone(answer, bucket, key)
        except TenantMinioError as error:
            if status_of(error.__cause__) != 404:
                raise

    def open_uploads(self, bucket: str) -> Iterator[OpenUploads]:
        return open_uploads(self.connection, bucket)

    def sent_parts(self, bucket: str, key: str, upload: str) -> SentParts:
        return sent_parts(self.connection, bucket, key, upload)

    def presign(
        self, method: str, bucket: str, key: str, expires: int | None = None, query: Query = ()
    ) -> str:
        life = self.options.url_expiry if expires is None else expires
        if self._url_key is None:
            return self.urls.get(method, bucket, key, life, query)
        if self._url_key is not self.own.provider and exceeds_key(life, self.options):
            raise InvalidBackendError(
                f"{self.connection.target(bucket, key)}: a URL of {life} seconds would outlive the "
                f"tenant's key, which lives {self.options.sts_duration}. Raise 'sts_duration', or "
                f"ask for a shorter 'expires'."
            )
        signer, at, life = signed_by(self._url_key, self.urls.signing_time(life), life)
        return self.urls.get(method, bucket, key, life, query, signed=(signer, at))

    def plain_url(self, bucket: str, key: str, *, public: bool) -> str:
        if public and self.options.public_url is not None:
            return self.options.public_url.replace(BUCKET_SLOT, bucket) + quoted(key)
        address = self._address(bucket)
        return f"{address.origin}{address.root}{quoted(key)}"

    def _find_address(self, bucket: str) -> Address:
        """Of the URLs of a bucket, as minio-py would build it."""
        return self._address_at(*self.options.external, bucket)

    def _address_at(self, endpoint: str, secure: bool, bucket: str) -> Address:
        base = BaseURL(f"{'https' if secure else 'http'}://{endpoint}", self.options.region)
        url = base.build(
            method="GET", region=self.options.region, bucket_name=bucket, object_name="x"
        )
        return Address(f"{url.scheme}://{url.netloc}", url.netloc, url.path[:-1])

    def health(self) -> Health:
        found = probe(self.own)
        # STS keeps each key that it gave: one is asked for, and not one a probe.
        if found and not self._gives_keys:
            own = self.own
            fault = sts_fault(self.alias, self.options, own.provider, own.probe_client)
            if fault:
                return replace(found, available=False, detail=fault)
            self._gives_keys = True
        return found

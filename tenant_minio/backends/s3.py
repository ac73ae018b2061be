"""A cluster that speaks S3: MinIO, VersityGW, Ceph, Garage, AWS."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from urllib.parse import quote
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from minio.error import S3Error
from minio.helpers import BaseURL
from urllib3 import BaseHTTPResponse
from urllib3.exceptions import HTTPError

from tenant_minio.backends.base import WRITE_TOKEN, Backend, Body, Health, Listed, ObjectInfo
from tenant_minio.backends.client import S3Client, make_client, make_pool
from tenant_minio.backends.errors import (
    CLIENT_ERRORS,
    code_of,
    missing_bucket,
    names_reason,
    status_of,
    translate,
)
from tenant_minio.backends.health import probe
from tenant_minio.backends.options import BackendOptions
from tenant_minio.backends.signer import Signer, signing_time
from tenant_minio.exceptions import (
    MissingBucketError,
    ObjectNotFoundError,
    TenantMinioError,
    UnexpectedResponseError,
)

_TOKEN_HEADER = f"x-amz-meta-{WRITE_TOKEN}"
# A probe asks one small thing of a server that may be hung.
_PROBE_SECONDS = 2.0
# Buckets remembered as existing; past that the memory starts anew.
_SEEN_BUCKETS = 4096


class S3Backend(Backend):
    """Speaks through one connection pool per process, made at first use.

    Args:
        alias: the key in STORAGES.
        options: see :class:`BackendOptions`.
    """

    def __init__(self, alias: str, options: BackendOptions) -> None:
        super().__init__(alias)
        self.options = options
        self._clients: dict[str, S3Client] = {}
        self._lock = threading.Lock()
        self._seen_buckets: set[str] = set()
        self.signer = Signer(
            access_key=options.access_key,
            secret_key=options.secret_key,
            session_token=options.session_token,
            region=options.region,
        )
        self._address = lru_cache(1024)(self._find_address)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.alias!r} at {self.options.endpoint}>"

    @property
    def location(self) -> str:
        return self.options.location

    @property
    def client(self) -> S3Client:
        """The client of this process, for data."""
        return self._client("data")

    @property
    def probe_client(self) -> S3Client:
        """A client that does not wait for long and tries once, for questions."""
        return self._client("probe")

    def _client(self, use: str) -> S3Client:
        client = self._clients.get(use)
        if client is not None:
            return client
        with self._lock:
            if use not in self._clients:
                limit = min(self.options.read_timeout, _PROBE_SECONDS)
                pool = (
                    make_pool(self.options)
                    if use == "data"
                    else make_pool(self.options, read_timeout=limit, retries=0)
                )
                self._clients[use] = make_client(self.options, pool)
            return self._clients[use]

    def close(self) -> None:
        with self._lock:
            clients, self._clients = self._clients, {}
        for client in clients.values():
            client._http.clear()  # noqa: SLF001 -- the pool is ours, we gave it

    def forget_connections(self) -> None:
        self._lock = threading.Lock()
        self._clients = {}

    def target(self, bucket: str, key: str = "") -> str:
        """How errors name a bucket or an object."""
        name = f"{self.alias}:{bucket}"
        return f"{name}/{key}" if key else name

    def request(
        self,
        method: str,
        bucket: str = "",
        key: str = "",
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        stream: bool = False,
        client: S3Client | None = None,
    ) -> BaseHTTPResponse:
        """One signed request; its answer is whole unless ``stream``."""
        try:
            response: BaseHTTPResponse = (client or self.client)._execute(  # noqa: SLF001 -- FACTS
                method=method,
                bucket_name=bucket or None,
                object_name=key or None,
                body=body,
                headers=dict(headers or {}),
                query_params=dict(query or {}),
                preload_content=not stream,
            )
        except CLIENT_ERRORS as error:
            raise self._translated(error, method, bucket, key) from error
        if bucket:
            self._saw(bucket)
        return response

    def _saw(self, bucket: str) -> None:
        if bucket not in self._seen_buckets:
            if len(self._seen_buckets) >= _SEEN_BUCKETS:
                self._seen_buckets.clear()
            self._seen_buckets.add(bucket)

    def _translated(self, error: Exception, method: str, bucket: str, key: str) -> TenantMinioError:
        found = translate(error, method=method, target=self.target(bucket, key))
        if not isinstance(found, ObjectNotFoundError) or method != "HEAD":
            return found
        # A HEAD has no body to say why; MinIO says it in a header, others leave it open.
        if names_reason(error) or bucket in self._seen_buckets or self.bucket_exists(bucket):
            return found
        return missing_bucket(self.target(bucket, key))

    def head(self, bucket: str, key: str, *, quick: bool = False) -> ObjectInfo:
        client = self.probe_client if quick else self.client
        return _info(self.request("HEAD", bucket, key, client=client).headers)

    def get_window(
        self, bucket: str, key: str, start: int, size: int, etag: str = ""
    ) -> tuple[ObjectInfo, bytes]:
        headers = {"Range": f"bytes={start}-{start + size - 1}"}
        if etag:
            headers["If-Match"] = f'"{etag}"'
        try:
            response = self._get(bucket, key, headers, stream=False)
        except _PastTheEndError:
            # No range of an empty object can be satisfied (RFC 9110, 15.5.17).
            return self.head(bucket, key), b""
        total = response.headers.get("Content-Range", "").rpartition("/")[2]
        info = _info(response.headers, size=int(total) if total.isdigit() else None)
        return info, response.data

    def get_rest(self, bucket: str, key: str, start: int, etag: str) -> Body:
        headers = {"Range": f"bytes={start}-"}
        if etag:
            headers["If-Match"] = f'"{etag}"'
        response = self._get(bucket, key, headers, stream=True)
        return _StreamedBody(self, response, bucket, key)

    def _get(
        self, bucket: str, key: str, headers: Mapping[str, str], *, stream: bool
    ) -> BaseHTTPResponse:
        try:
            return self.request("GET", bucket, key, headers=headers, stream=stream)
        except UnexpectedResponseError as error:
            if status_of(error.__cause__) == 416:
                raise _PastTheEndError from None
            raise

    def put(self, bucket: str, key: str, data: bytes, headers: Mapping[str, str]) -> None:
        self.request("PUT", bucket, key, body=data, headers=headers)

    def delete(self, bucket: str, key: str) -> None:
        self.request("DELETE", bucket, key)

    def list(self, bucket: str, prefix: str, *, limit: int | None = None) -> Iterator[Listed]:
        try:
            for item in self.client._list_objects(  # noqa: SLF001 -- the public one adds a thread of options
                bucket,
                prefix=prefix,
                delimiter="/",
                encoding_type="url",
                max_keys=limit,
            ):
                yield Listed(str(item.object_name), None if item.is_dir else item.size)
                if limit is not None and (limit := limit - 1) == 0:
                    return
        except CLIENT_ERRORS as error:
            raise self._translated(error, "GET", bucket, prefix) from error
        self._saw(bucket)

    def create_upload(self, bucket: str, key: str, headers: Mapping[str, str]) -> str:
        answer = self.request("POST", bucket, key, headers=headers, query={"uploads": ""})
        # expat expands no external entities, and bounds internal ones.
        return str(ElementTree.fromstring(answer.data).findtext("{*}UploadId"))  # noqa: S314

    def put_part(self, bucket: str, key: str, upload: str, number: int, data: bytes) -> str:
        query = {"partNumber": str(number), "uploadId": upload}
        answer = self.request("PUT", bucket, key, body=data, query=query)
        return str(answer.headers["ETag"]).strip('"')

    def complete_upload(
        self, bucket: str, key: str, upload: str, etags: Sequence[str], headers: Mapping[str, str]
    ) -> None:
        parts = "".join(
            f"<Part><PartNumber>{number}</PartNumber><ETag>{escape(etag)}</ETag></Part>"
            for number, etag in enumerate(etags, 1)
        )
        body = (
            '<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
            f"{parts}</CompleteMultipartUpload>"
        ).encode()
        all_headers = {"Content-Type": "application/xml", **headers}
        answer = self.request(
            "POST", bucket, key, body=body, headers=all_headers, query={"uploadId": upload}
        )
        # S3 answers 200 before it knows, and may say in the body that it failed
        # (https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html).
        if b"<Error>" in answer.data:
            raise self._translated(S3Error.fromxml(answer), "POST", bucket, key)

    def abort_upload(self, bucket: str, key: str, upload: str) -> None:
        try:
            self.request("DELETE", bucket, key, query={"uploadId": upload})
        except TenantMinioError as error:
            if status_of(error.__cause__) != 404:
                raise

    def presign(
        self,
        method: str,
        bucket: str,
        key: str,
        *,
        expires: int | None = None,
        response_headers: Mapping[str, str] | None = None,
    ) -> str:
        life = self.options.url_expiry if expires is None else expires
        scheme, host, root = self._address(bucket)
        return self.signer.presign(
            method,
            scheme,
            host,
            root + key,
            at=signing_time(self.signer.clock(), life, self.options.url_window),
            expires=life,
            query=response_headers,
        )

    def plain_url(self, bucket: str, key: str) -> str:
        scheme, host, root = self._address(bucket)
        return f"{scheme}://{host}{quote(root + key)}"

    def _find_address(self, bucket: str) -> tuple[str, str, str]:
        """Scheme, host and the path before the key, as minio-py would build them."""
        endpoint, secure = self.options.external
        base = BaseURL(f"{'https' if secure else 'http'}://{endpoint}", self.options.region)
        url = base.build(
            method="GET", region=self.options.region, bucket_name=bucket, object_name="x"
        )
        return url.scheme, url.netloc, url.path[:-1]

    def bucket_exists(self, bucket: str) -> bool:
        try:
            self.request("HEAD", bucket)
        except MissingBucketError as error:
            if names_reason(error.__cause__):
                return False
        else:
            return True
        # The answer to a GET has a body, which tells a missing bucket from an unknown key.
        try:
            self.request("GET", bucket, query={"list-type": "2", "max-keys": "1", "prefix": ""})
        except MissingBucketError:
            return False
        return True

    def make_bucket(self, bucket: str) -> None:
        try:
            self.client.make_bucket(bucket_name=bucket, location=self.options.region)
        except CLIENT_ERRORS as error:
            # Somebody was faster; whether it is ours, a HEAD says.
            taken = code_of(error) in {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}
            if not (taken and self.bucket_exists(bucket)):
                raise self._translated(error, "PUT", bucket, "") from error
        self._saw(bucket)

    def get_policy(self, bucket: str) -> str:
        try:
            return self.client.get_bucket_policy(bucket_name=bucket)
        except CLIENT_ERRORS as error:
            if code_of(error) == "NoSuchBucketPolicy":
                return ""
            raise self._translated(error, "GET", bucket, "") from error

    def set_policy(self, bucket: str, policy: str) -> None:
        try:
            self.client.set_bucket_policy(bucket_name=bucket, policy=policy)
        except CLIENT_ERRORS as error:
            raise self._translated(error, "PUT", bucket, "") from error

    def health(self) -> Health:
        return probe(self)


class _PastTheEndError(Exception):
    """The range begins where the object has ended."""


class _StreamedBody:
    """A response body whose errors are this package's."""

    def __init__(
        self, backend: S3Backend, response: BaseHTTPResponse, bucket: str, key: str
    ) -> None:
        self._backend = backend
        self._response = response
        self._where = (bucket, key)

    def read(self, size: int) -> bytes:
        try:
            return self._response.read(size)
        except HTTPError as error:
            self.close()
            target = self._backend.target(*self._where)
            raise translate(error, method="GET", target=target) from error

    def close(self) -> None:
        # A connection with something left to read cannot serve another request.
        self._response.close()
        self._response.release_conn()


def _info(headers: Mapping[str, str], size: int | None = None) -> ObjectInfo:
    modified = headers.get("Last-Modified")
    return ObjectInfo(
        size=int(headers.get("Content-Length", 0)) if size is None else size,
        etag=headers.get("ETag", "").strip('"'),
        modified=parsedate_to_datetime(modified) if modified else datetime.fromtimestamp(0, UTC),
        content_type=headers.get("Content-Type", ""),
        token=headers.get(_TOKEN_HEADER, ""),
    )

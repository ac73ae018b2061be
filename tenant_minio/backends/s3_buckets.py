"""The buckets of a cluster that speaks S3."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from minio.error import S3Error

from tenant_minio.backends.base import NONE
from tenant_minio.backends.base_buckets import Buckets
from tenant_minio.backends.bucket_rules import CorsRule, LifecycleRule
from tenant_minio.backends.bucket_xml import (
    acl_groups_from_xml,
    cors_from_xml,
    cors_to_xml,
    lifecycle_from_xml,
    lifecycle_to_xml,
    versioning_from_xml,
    versioning_to_xml,
)
from tenant_minio.backends.connection import Connection
from tenant_minio.backends.errors import CLIENT_ERRORS, code_of, status_of
from tenant_minio.backends.options import BackendOptions
from tenant_minio.exceptions import (
    TenantMinioError,
    UnexpectedResponseError,
    UnsupportedFeatureError,
)

_Read = TypeVar("_Read")
_UNSET = frozenset(
    {"NoSuchBucketPolicy", "NoSuchLifecycleConfiguration", "NoSuchCORSConfiguration"}
)


class S3Buckets(Buckets):
    """Speaks through the connection of the backend that this is a part of.

    Buckets are nobody's alone, so with the backend's own key, whoever asks.
    """

    options: BackendOptions
    own: Connection

    def bucket_exists(self, bucket: str) -> bool:
        return self.own.bucket_exists(bucket)

    def make_bucket(self, bucket: str) -> None:
        try:
            client = self.own.client
            self.own.gate.send(
                lambda: client.make_bucket(bucket_name=bucket, location=self.options.region),
                self.own.target(bucket),
            )
        except CLIENT_ERRORS as error:
            # Somebody was faster; whether it is ours, a HEAD says.
            taken = code_of(error) in {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}
            if not (taken and self.bucket_exists(bucket)):
                raise self.own.translated(error, "PUT", bucket) from error
        self.own.seen.add(bucket)

    def get_policy(self, bucket: str) -> str:
        return self._configuration("GET", bucket, "policy").decode(errors="replace")

    def set_policy(self, bucket: str, policy: str) -> None:
        self._configuration("PUT", bucket, "policy", policy.encode())

    def delete_policy(self, bucket: str) -> None:
        self._configuration("DELETE", bucket, "policy")

    def get_acl_groups(self, bucket: str) -> tuple[str, ...]:
        return self._read(bucket, "acl", acl_groups_from_xml)

    def set_acl_private(self, bucket: str) -> None:
        self._configuration("PUT", bucket, "acl", headers={"x-amz-acl": "private"})

    def get_versioning(self, bucket: str) -> str:
        return self._read(bucket, "versioning", versioning_from_xml)

    def set_versioning(self, bucket: str, *, enabled: bool) -> None:
        self._configuration("PUT", bucket, "versioning", versioning_to_xml(enabled=enabled))

    def get_lifecycle(self, bucket: str) -> tuple[LifecycleRule, ...]:
        return self._read(bucket, "lifecycle", lifecycle_from_xml)

    def set_lifecycle(self, bucket: str, rules: Sequence[LifecycleRule]) -> None:
        self._replace(bucket, "lifecycle", lifecycle_to_xml(rules) if rules else b"")

    def get_cors(self, bucket: str) -> tuple[CorsRule, ...]:
        return self._read(bucket, "cors", cors_from_xml)

    def set_cors(self, bucket: str, rules: Sequence[CorsRule]) -> None:
        self._replace(bucket, "cors", cors_to_xml(rules) if rules else b"")

    def _read(self, bucket: str, feature: str, parse: Callable[[bytes], _Read]) -> _Read:
        body = self._configuration("GET", bucket, feature)
        try:
            return parse(body or b"<Nothing/>")
        except ValueError as error:
            raise UnexpectedResponseError(
                f"{self.own.target(bucket)}: the answer to GET {feature} was not "
                f"understood: {error}. Look for what stands between here and the cluster."
            ) from error

    def _replace(self, bucket: str, feature: str, body: bytes) -> None:
        self._configuration("PUT" if body else "DELETE", bucket, feature, body)

    def _configuration(
        self,
        method: str,
        bucket: str,
        feature: str,
        body: bytes = b"",
        headers: Mapping[str, str] = NONE,
    ) -> bytes:
        """One request about a bucket's configuration; what is not set answers with nothing."""
        if body:
            # S3 asks for it
            # (https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html).
            digest = hashlib.md5(body, usedforsecurity=False).digest()
            headers = {**headers, "Content-MD5": base64.b64encode(digest).decode()}
        try:
            answer = self.own.request(
                method, bucket, query={feature: ""}, body=body or None, headers=headers
            )
        except TenantMinioError as error:
            if code_of(error.__cause__) in _UNSET:
                return b""
            if status_of(error.__cause__) == 501:
                raise self._unsupported(bucket, feature, error) from error.__cause__
            raise
        return answer.data

    def _unsupported(
        self, bucket: str, feature: str, error: TenantMinioError
    ) -> UnsupportedFeatureError:
        cause = error.__cause__
        headers = cause.response.headers if isinstance(cause, S3Error) else {}
        server = headers.get("Server") or "the server"
        return UnsupportedFeatureError(
            f"{self.own.target(bucket)}: {server} does not support {feature} of buckets "
            f"(501 {code_of(cause)}). Set it up there, or take {feature!r} out of the settings."
        )

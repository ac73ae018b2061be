"""What a write asks of a cluster beyond keeping bytes, and the proof that it is done.

A server may ignore a header that it does not know and store the object all the same: VersityGW
1.8 does so with every kind of server-side encryption. An object is written only once the cluster
has shown, in an upload that is thrown away, that it does what the headers ask for.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import suppress
from copy import copy
from dataclasses import dataclass
from typing import Self

from cachetools import LRUCache

from tenant_minio.backends.checksums import HEADERS, checksum
from tenant_minio.backends.connection import Connection
from tenant_minio.backends.encryption import CUSTOMER_ALGORITHM, ENCRYPTION
from tenant_minio.backends.errors import code_of, server_of
from tenant_minio.backends.upload_answers import upload_id
from tenant_minio.exceptions import (
    PermissionDeniedError,
    TenantMinioError,
    UnexpectedResponseError,
    UnsupportedFeatureError,
)

# Named in the request that makes an object: whole, or of parts.
WHOLE_CHECKSUM = "x-amz-sdk-checksum-algorithm"
PARTS_CHECKSUM = "x-amz-checksum-algorithm"
LEGAL_HOLD = "x-amz-object-lock-legal-hold"
_LOCKS = ("x-amz-object-lock-mode", LEGAL_HOLD)
_ENCRYPTIONS = {"AES256": "SSE-S3", "aws:kms": "SSE-KMS"}
_PROBE = b"\0"
# Buckets of which it is known; what falls out is shown again.
_KEPT_PROOFS = 4096


@dataclass(frozen=True, slots=True)
class Asked:
    """What the headers of a write ask for.

    Args:
        encryption: the value of ``x-amz-server-side-encryption``.
        customer_key: whether a customer's own key encrypts.
        checksum: the kind.
        lock: whether the object is locked.
    """

    encryption: str = ""
    customer_key: bool = False
    checksum: str = ""
    lock: bool = False

    def unproved(self, answers: Mapping[str, str]) -> str:
        """The first feature that the headers of answers do not bear out; empty if there is none."""
        if self.encryption and answers.get(ENCRYPTION) != self.encryption:
            return f"server-side encryption ({_ENCRYPTIONS.get(self.encryption, self.encryption)})"
        if self.customer_key and CUSTOMER_ALGORITHM not in answers:
            return "server-side encryption with a customer's key (SSE-C)"
        if self.checksum and HEADERS[self.checksum] not in answers:
            return f"the checksum {self.checksum}"
        return ""

    @property
    def words(self) -> str:
        """All that is asked for, for an error."""
        return self.unproved({}) or "object lock"


def asked(headers: Mapping[str, str]) -> Asked | None:
    """What the headers of a write ask for, or None where a server need do nothing but store."""
    encryption = headers.get(ENCRYPTION, "")
    customer_key = CUSTOMER_ALGORITHM in headers
    kind = headers.get(WHOLE_CHECKSUM) or headers.get(PARTS_CHECKSUM, "")
    lock = _LOCKS[0] in headers or _LOCKS[1] in headers
    if not (encryption or customer_key or kind or lock):
        return None
    return Asked(encryption, customer_key, kind, lock)


class Proofs:
    """What the cluster has shown in this process that it does, by bucket."""

    def __init__(self, connection: Connection) -> None:
        self._connection = self._own = connection
        self._known: LRUCache[tuple[str, Asked], bool] = LRUCache(_KEPT_PROOFS)
        self._lock = threading.Lock()

    def through(self, connection: Connection) -> Self:
        """The same proofs for all, of which this connection brings further ones."""
        other = copy(self)
        other.__dict__["_connection"] = connection
        return other

    def forget(self) -> None:
        """In a forked child: the lock may have been held by another thread of the parent."""
        self._lock = threading.Lock()

    def require(self, bucket: str, key: str, headers: Mapping[str, str]) -> Asked | None:
        """Have the cluster show that it does what the headers of a write ask for.

        Costs three requests for each bucket and process where encryption or a checksum is asked
        for, one where a lock is, and none where nothing is.

        Raises:
            UnsupportedFeatureError: it does not, or the bucket does not.
        """
        wanted = asked(headers)
        if wanted is None:
            return None
        with self._lock:
            if self._known.get((bucket, wanted)):
                return wanted
        if wanted.lock:
            self._require_lock(bucket)
        if wanted.encryption or wanted.customer_key or wanted.checksum:
            self._require_echo(bucket, key, wanted, headers)
        with self._lock:
            self._known[bucket, wanted] = True
        return wanted

    def _require_lock(self, bucket: str) -> None:
        try:
            # About the bucket, which a key for a part of it may not ask.
            self._own.request("GET", bucket, query={"object-lock": ""})
        except PermissionDeniedError:
            return  # a key that may not ask may still write; the write then tells
        except UnexpectedResponseError as error:
            if code_of(error.__cause__) != "ObjectLockConfigurationNotFoundError":
                raise
            raise UnsupportedFeatureError(
                f"{self._connection.target(bucket)}: the bucket has no object lock, which the "
                f"options 'retention' and 'legal_hold' need. It is switched on when a bucket is "
                f"made."
            ) from error

    def _require_echo(
        self, bucket: str, key: str, wanted: Asked, headers: Mapping[str, str]
    ) -> None:
        """Begin an upload of one byte under the very key, look at the answers, throw it away."""
        request = self._connection.request
        sent = {
            name: value for name, value in headers.items() if name.startswith(ENCRYPTION) and value
        }
        part = {name: value for name, value in sent.items() if "-customer-" in name}
        if wanted.checksum:
            sent[PARTS_CHECKSUM] = wanted.checksum
            part[HEADERS[wanted.checksum]] = checksum(wanted.checksum, _PROBE)
        try:
            begun = request("POST", bucket, key, headers=sent, query={"uploads": ""})
        except UnsupportedFeatureError as error:
            raise self._refused(bucket, wanted.words, str(error)) from error
        upload = upload_id(self._connection, begun, bucket, key)
        try:
            query = {"partNumber": "1", "uploadId": upload}
            answer = request("PUT", bucket, key, body=_PROBE, headers=part, query=query)
            answers = {n.lower(): v for n, v in [*begun.headers.items(), *answer.headers.items()]}
        finally:
            # What is left of it, the server sweeps; the answer counts.
            with suppress(TenantMinioError):
                request("DELETE", bucket, key, query={"uploadId": upload})
        missing = wanted.unproved(answers)
        if missing:
            raise self._refused(bucket, missing, f"{server_of(answer.headers)} ignored it")

    def _refused(self, bucket: str, feature: str, why: str) -> UnsupportedFeatureError:
        return UnsupportedFeatureError(
            f"{self._connection.target(bucket)}: this cluster does not do {feature}: {why}. "
            f"Nothing was stored. Set it up there, or take the option away."
        )

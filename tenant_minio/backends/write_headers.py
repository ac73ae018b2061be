"""The headers of the request that makes an object."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from tenant_minio.backends.base import WRITE_TOKEN
from tenant_minio.backends.encryption import Encryption
from tenant_minio.backends.write_options import WriteOptions
from tenant_minio.backends.write_rules import METADATA_PREFIX

LOCK_MODE = "x-amz-object-lock-mode"
LOCK_UNTIL = "x-amz-object-lock-retain-until-date"
_TOKEN_HEADER = METADATA_PREFIX + WRITE_TOKEN


def creation_headers(
    options: WriteOptions,
    encryption: Encryption | None,
    own: Mapping[str, str],
    *,
    content_type: str,
    token: str,
    now: datetime,
) -> dict[str, str]:
    """All but checksums and conditions.

    Args:
        options: of the storage on the backend.
        encryption: what ``options`` give at this moment.
        own: headers of this one file, over those of the options.
        content_type: of the file, where neither ``options`` nor ``own`` have another.
        token: of this write.
        now: with time zone; when a retention of so many days begins.
    """
    headers = {
        "content-type": content_type,
        **options.constant_headers,
        **own,
        _TOKEN_HEADER: token,
    }
    if encryption is not None:
        headers.update(encryption.headers)
    if options.retention is not None:
        headers[LOCK_MODE] = options.retention.mode
        end = options.retention.end(now).astimezone(UTC)
        headers[LOCK_UNTIL] = end.strftime("%Y-%m-%dT%H:%M:%SZ")
    return headers

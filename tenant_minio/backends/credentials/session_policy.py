"""What a tenant's credential may do: the inline policy of an AssumeRole.

https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html, parameter ``Policy``. The
credential may do what the policy says and its parent user may do as well.
"""

from __future__ import annotations

import json
import re

from tenant_minio.exceptions import InvalidBackendError, UnsafeNameError

# MinIO and AWS take no longer one.
MAX_CHARACTERS = 2048

# What a Location asks of a cluster. Reading tags, retention and legal hold belongs to stat(),
# writing them to the headers of a PUT.
_OBJECT_ACTIONS = (
    "s3:GetObject",
    "s3:GetObjectTagging",
    "s3:GetObjectRetention",
    "s3:GetObjectLegalHold",
    "s3:PutObject",
    "s3:PutObjectTagging",
    "s3:PutObjectRetention",
    "s3:PutObjectLegalHold",
    "s3:DeleteObject",
    "s3:AbortMultipartUpload",
    "s3:ListMultipartUploadParts",
)
# Neither `*` and `?`, which match others' keys, nor `$`, which begins a policy variable.
_LITERAL = re.compile(r"[A-Za-z0-9_.=/-]*")


def session_policy(bucket: str, prefix: str) -> str:
    """Policy, in JSON, that opens exactly the objects below ``prefix`` of one bucket.

    Args:
        bucket: its name.
        prefix: empty, for the whole bucket, or ending in ``/``.

    Raises:
        UnsafeNameError: bucket or prefix hold a character that a policy reads as a pattern, or the
            prefix could begin another tenant's.
        InvalidBackendError: it would be longer than servers take.
    """
    if not bucket or not _LITERAL.fullmatch(bucket + prefix) or "/" in bucket:
        raise UnsafeNameError(
            f"{bucket}/{prefix} cannot stand in a policy, which reads some characters as a "
            f"pattern. Use letters, digits, '_', '.', '=' and '-' in bucket and prefix."
        )
    if prefix and not prefix.endswith("/"):
        raise UnsafeNameError(
            f"{bucket}/{prefix} cannot stand in a policy: without '/' at its end it opens every "
            f"prefix that begins so."
        )
    listing: dict[str, object] = {
        "Effect": "Allow",
        "Action": "s3:ListBucket",
        "Resource": f"arn:aws:s3:::{bucket}",
    }
    if prefix:
        listing["Condition"] = {"StringLike": {"s3:prefix": f"{prefix}*"}}
    objects = {
        "Effect": "Allow",
        "Action": _OBJECT_ACTIONS,
        "Resource": f"arn:aws:s3:::{bucket}/{prefix}*",
    }
    policy = {"Version": "2012-10-17", "Statement": [objects, listing]}
    text = json.dumps(policy, separators=(",", ":"))
    if len(text) > MAX_CHARACTERS:
        raise InvalidBackendError(
            f"Its session policy has {len(text)} characters, and servers take {MAX_CHARACTERS}: "
            f"bucket and prefix stand in it twice. Shorten them."
        )
    return text

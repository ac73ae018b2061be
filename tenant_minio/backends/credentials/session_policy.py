"""What a tenant's credential may do: the inline policy of an AssumeRole.

https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html, parameter ``Policy``. The
credential may do what the policy says and its parent user may do as well.
"""

from __future__ import annotations

import json
import re

from tenant_minio.exceptions import UnsafeNameError

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

    It lists whole buckets only. A condition on ``s3:prefix`` would not hold: MinIO finds the
    prefix that it compares in any header or parameter that is called so, and lists what another
    one says. It fits the 2,048 characters that servers take, however long the prefix.

    Args:
        bucket: its name.
        prefix: empty, for the whole bucket, or ending in ``/``.

    Raises:
        UnsafeNameError: bucket or prefix hold a character that a policy reads as a pattern, or the
            prefix could begin another tenant's.
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
    place = f"arn:aws:s3:::{bucket}"
    statements: list[dict[str, object]] = [
        {"Effect": "Allow", "Action": _OBJECT_ACTIONS, "Resource": f"{place}/{prefix}*"}
    ]
    if not prefix:
        statements.append({"Effect": "Allow", "Action": "s3:ListBucket", "Resource": place})
    policy = {"Version": "2012-10-17", "Statement": statements}
    return json.dumps(policy, separators=(",", ":"))

"""The policy of a public bucket: anyone may get an object whose key they know, nobody may list.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies.html
"""

import json
from typing import Any


def public_policy(bucket: str) -> str:
    """Lets anyone get the objects of ``bucket``."""
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": ["*"]},
        "Action": ["s3:GetObject"],
        "Resource": [f"arn:aws:s3:::{bucket}/*"],
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def same_policy(one: str, other: str) -> bool:
    """Whether two policies say the same: servers write scalars and lists as they like."""
    return bool(_plain(one) == _plain(other))


def _plain(policy: str) -> Any:
    return _sorted(json.loads(policy)) if policy else None


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(item) for key, item in value.items() if key not in {"Sid", "Id"}}
    if isinstance(value, list):
        items = [_sorted(item) for item in value]
        return items[0] if len(items) == 1 else sorted(items, key=repr)
    return value

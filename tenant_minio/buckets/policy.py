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
    """Whether two policies say the same.

    Servers write scalars and lists as they like, and "anyone" in two ways; MinIO also drops what
    stands there twice. The order of statements means nothing.
    """
    return _meaning(one) == _meaning(other)


def is_open(policy: str) -> bool:
    """Whether a policy lets anyone do anything. A condition that narrows it does not count."""
    return any(_opens(statement) for statement in _statements(policy))


def closed(policy: str) -> str:
    """The policy without the statements that let anyone in; empty if nothing is left."""
    kept = [statement for statement in _statements(policy) if not _opens(statement)]
    return json.dumps({**json.loads(policy), "Statement": kept}) if kept else ""


def _opens(statement: dict[str, Any]) -> bool:
    # All but those who are named is anyone too.
    return statement.get("Effect") == "Allow" and (
        "NotPrincipal" in statement or _is_anyone(statement.get("Principal"))
    )


def _is_anyone(principal: Any) -> bool:
    named = list(principal.values()) if isinstance(principal, dict) else [principal]
    return any("*" in _list(name) for name in named)


def _statements(policy: str) -> list[dict[str, Any]]:
    parsed = json.loads(policy) if policy else {}
    return _list(parsed.get("Statement", []))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _meaning(policy: str) -> set[str]:
    """The statements, each in one way of writing."""
    said = set()
    for statement in _statements(policy):
        plain = {key: value for key, value in statement.items() if key != "Sid"}
        if plain.get("Principal") == "*":
            plain["Principal"] = {"AWS": "*"}
        said.add(json.dumps(_sorted(plain), sort_keys=True))
    return said


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(item) for key, item in value.items()}
    if isinstance(value, list):
        texts = sorted({json.dumps(_sorted(item)) for item in value})
        return json.loads(texts[0]) if len(texts) == 1 else texts
    return value

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
    """Whether a policy lets anyone do anything. A condition that narrows it does not count.

    Raises ValueError where it is no policy, or not the same one to all who read it.
    """
    return any(_opens(statement) for statement in _statements(policy))


def closed(policy: str) -> str:
    """The policy without the statements that let anyone in; empty if nothing is left."""
    said = _parsed(policy)
    kept = [each for each in _list(said["Statement"]) if not _opens(_folded(each))]
    return json.dumps({**said, "Statement": kept}) if kept else ""


def _opens(statement: dict[str, Any]) -> bool:
    # All but those who are named is anyone too.
    return statement.get("effect") != "Deny" and (
        "notprincipal" in statement or _is_anyone(statement.get("principal", []))
    )


def _is_anyone(principal: Any) -> bool:
    """Whether those who come in unnamed are meant, or whoever has a fitting name.

    MinIO matches principals with wildcards, against an empty name where nobody has signed: "",
    "**" and "?x" are anyone. VersityGW and AWS know "*" alone, and names are whole there; so what
    holds a wildcard is not the name of somebody.
    """
    named = list(principal.values()) if isinstance(principal, dict) else [principal]
    return any(
        not isinstance(name, str) or not name or "*" in name or "?" in name
        for names in named
        for name in _list(names)
    )


def _statements(policy: str) -> list[dict[str, Any]]:
    return [_folded(statement) for statement in _list(_parsed(policy).get("Statement", []))]


def _parsed(policy: str) -> dict[str, Any]:
    """A policy, its outer keys written as AWS does. Raises ValueError.

    VersityGW keeps a policy as it was sent, and reads keys of any case.
    """
    said: Any = json.loads(policy, object_pairs_hook=_unambiguous) if policy else {}
    names = {name.casefold(): name for name in ("Version", "Id", "Statement")}
    if not isinstance(said, dict):
        raise ValueError("a policy is an object")  # noqa: TRY004 -- of what a server says
    return {names.get(key.casefold()) or key: value for key, value in said.items()}


def _unambiguous(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object. Of a key that stands there twice, one reader takes the first, another the last."""
    if len({key.casefold() for key, _value in pairs}) < len(pairs):
        raise ValueError(f"a key stands twice among {', '.join(key for key, _value in pairs)}")
    return dict(pairs)


def _folded(statement: Any) -> dict[str, Any]:
    if not isinstance(statement, dict):
        raise ValueError("a statement is an object")  # noqa: TRY004 -- of what a server says
    return {key.casefold(): value for key, value in statement.items()}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _meaning(policy: str) -> set[str]:
    """The statements, each in one way of writing."""
    said = set()
    for statement in _statements(policy):
        plain = {key: value for key, value in statement.items() if key != "sid"}
        if plain.get("principal") == "*":
            plain["principal"] = {"AWS": "*"}
        said.add(json.dumps(_sorted(plain), sort_keys=True))
    return said


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(item) for key, item in value.items()}
    if isinstance(value, list):
        texts = sorted({json.dumps(_sorted(item)) for item in value})
        return json.loads(texts[0]) if len(texts) == 1 else texts
    return value

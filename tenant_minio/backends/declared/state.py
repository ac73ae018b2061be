"""How the buckets of an entry are to be: versioning, lifecycle, CORS, policies."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, TypeVar

from tenant_minio.backends.bucket_rules import CorsRule, LifecycleRule
from tenant_minio.backends.declared.faults import Faults
from tenant_minio.backends.declared.policy_hooks import PolicyHook, read_hooks
from tenant_minio.backends.options import unknown_options

STATE_OPTIONS = frozenset({"versioning", "lifecycle", "cors", "policy_hooks"})
_DAYS = ("expire_days", "noncurrent_expire_days", "abort_uploads_days")
_LIFECYCLE_KEYS = frozenset({"id", "prefix", *_DAYS})
_CORS_LISTS = ("origins", "methods", "headers", "expose")
_CORS_KEYS = frozenset({*_CORS_LISTS, "max_age"})
# https://docs.aws.amazon.com/AmazonS3/latest/API/API_CORSRule.html
_METHODS = frozenset({"GET", "PUT", "HEAD", "POST", "DELETE"})

_Rule = TypeVar("_Rule")


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketState:
    """What an entry asks of each of its buckets; None where it asks nothing.

    Args:
        versioning: whether old versions are kept.
        lifecycle: all rules, sorted by id; empty for none.
        cors: all rules, in order; empty for none.
        policies: of single buckets, in place of what public or private gives them.
    """

    versioning: bool | None = None
    lifecycle: tuple[LifecycleRule, ...] | None = None
    cors: tuple[CorsRule, ...] | None = None
    policies: Mapping[str, PolicyHook] = field(default_factory=dict)


def read_state(faults: Faults, options: Mapping[str, Any]) -> BucketState:
    """The state that these options declare; what is wrong is left out of it."""
    versioning = options.get("versioning")
    if not (versioning is None or isinstance(versioning, bool)):
        message = f"option 'versioning': {versioning!r} is not valid."
        faults.add("E005", message, "It takes True, False or None.")
        versioning = None
    lifecycle = _rules(faults, "lifecycle", options.get("lifecycle"), _lifecycle_rule)
    if lifecycle is not None:
        lifecycle = tuple(sorted(lifecycle, key=lambda rule: rule.id))
        for one, other in pairwise(lifecycle):
            if one.id == other.id:
                message = f"option 'lifecycle' has two rules {one.id!r}."
                faults.add("E016", message, "Give each an 'id' of its own.")
    return BucketState(
        versioning=versioning,
        lifecycle=lifecycle,
        cors=_rules(faults, "cors", options.get("cors"), _cors_rule),
        policies=read_hooks(faults, options.get("policy_hooks")),
    )


def _rules(
    faults: Faults,
    option: str,
    given: Any,
    read: Callable[[Faults, str, Mapping[str, Any]], _Rule],
) -> tuple[_Rule, ...] | None:
    if given is None:
        return None
    if not isinstance(given, list | tuple):
        faults.add("E005", f"option {option!r}: {given!r} is no list.", "It takes a list of dicts.")
        return None
    before = len(faults.found)
    rules = [
        read(faults, f"option {option!r}, rule {number}", rule)
        for number, rule in enumerate(given, 1)
        if faults.is_mapping(f"option {option!r}, rule {number}", rule)
    ]
    return tuple(rules) if len(faults.found) == before else None


def _lifecycle_rule(faults: Faults, where: str, rule: Mapping[str, Any]) -> LifecycleRule:
    _unknown(faults, rule, _LIFECYCLE_KEYS)
    days = {name: rule.get(name) for name in _DAYS}
    for name, value in days.items():
        if not (value is None or _whole(value, least=1)):
            faults.add("E005", f"{where}, {name!r}: {value!r} is not valid.", "It takes days >= 1.")
    if not any(value is not None for value in days.values()):
        faults.add("E003", f"{where} does nothing.", f"Give one of {', '.join(_DAYS)}.")
    for name in ("id", "prefix"):
        if not isinstance(rule.get(name, ""), str):
            message = f"{where}, {name!r}: {rule[name]!r} is not valid."
            faults.add("E005", message, "It takes a str.")
    # A server would make up an id, another one each time.
    return LifecycleRule(
        id=rule.get("id") or where.rpartition(", ")[2].replace(" ", "-"),
        prefix=rule.get("prefix", ""),
        expire_days=days["expire_days"],
        noncurrent_expire_days=days["noncurrent_expire_days"],
        abort_uploads_days=days["abort_uploads_days"],
    )


def _cors_rule(faults: Faults, where: str, rule: Mapping[str, Any]) -> CorsRule:
    _unknown(faults, rule, _CORS_KEYS)
    lists: dict[str, frozenset[str]] = {}
    for name in _CORS_LISTS:
        values = rule.get(name, ())
        if not _texts(values):
            faults.add(
                "E005", f"{where}, {name!r}: {values!r} is not valid.", "It takes a list of str."
            )
            values = ("?",)
        lists[name] = frozenset(values)
        if name in {"origins", "methods"} and not lists[name]:
            faults.add("E003", f"{where} lacks {name!r}.", "Add it.")
    wrong = ", ".join(sorted(lists["methods"] - _METHODS - {"?"}))
    if wrong:
        hint = f"There are: {', '.join(sorted(_METHODS))}."
        faults.add("E005", f"{where}, 'methods': {wrong} is not valid.", hint)
    age = rule.get("max_age")
    if not (age is None or _whole(age, least=0)):
        faults.add("E005", f"{where}, 'max_age': {age!r} is not valid.", "It takes whole seconds.")
    return CorsRule(**lists, max_age=age)


def _unknown(faults: Faults, given: Iterable[str], known: Iterable[str]) -> None:
    faults.found += unknown_options(faults.alias, given, known)


def _whole(value: object, *, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _texts(values: object) -> bool:
    return isinstance(values, list | tuple | set | frozenset) and all(
        isinstance(value, str) and value for value in values
    )

"""Policies that the settings give to single buckets."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.module_loading import import_string

from tenant_minio.backends.declared.faults import Faults
from tenant_minio.exceptions import InvalidBackendError

_SHAPE = "It takes a list of (bucket, policy)."
_KINDS = "A policy is a dict, JSON text, or a callable (bucket) -> dict or its dotted path."


@dataclass(frozen=True, slots=True)
class PolicyHook:
    """The policy of one bucket, in place of the one that public or private gives it.

    Args:
        alias: the entry that declares it.
        bucket: whose policy it is.
        policy: JSON text, or what is asked for it.
    """

    alias: str
    bucket: str
    policy: str | Callable[[str], Any]

    def says_as(self, other: PolicyHook) -> bool:
        """Whether two hooks, perhaps of two entries, give a bucket the same policy."""
        return self.policy == other.policy

    def text(self) -> str:
        """The policy in JSON; a callable is asked each time.

        Raises:
            InvalidBackendError: it fails, or answers with something that is no policy.
        """
        if isinstance(self.policy, str):
            return self.policy
        who = f"STORAGES[{self.alias!r}] 'policy_hooks': the hook of the bucket {self.bucket!r}"
        try:
            answer = self.policy(self.bucket)
        except Exception as error:
            raise InvalidBackendError(f"{who} raised {type(error).__name__}: {error}") from error
        text = _as_text(answer)
        if text is None:
            raise InvalidBackendError(f"{who} answered {answer!r}, which is no policy.")
        return text


def read_hooks(faults: Faults, given: Any) -> dict[str, PolicyHook]:
    """The hook of each bucket that has one."""
    hooks: dict[str, PolicyHook] = {}
    if given is None:
        return hooks
    if not isinstance(given, list | tuple):
        faults.add("E005", f"'policy_hooks': {given!r} is no list.", _SHAPE)
        return hooks
    for entry in given:
        if not (isinstance(entry, list | tuple) and len(entry) == 2 and isinstance(entry[0], str)):
            faults.add("E005", f"'policy_hooks': {entry!r} is not valid.", _SHAPE)
            continue
        bucket, value = entry
        policy = _policy(faults, bucket, value)
        if policy is None:
            continue
        hook = PolicyHook(faults.alias, bucket, policy)
        if bucket in hooks and not hook.says_as(hooks[bucket]):
            message = f"'policy_hooks' gives the bucket {bucket!r} two policies."
            faults.add("E016", message, "A bucket has one policy: put all statements into it.")
        hooks[bucket] = hook
    return hooks


def _policy(faults: Faults, bucket: str, value: Any) -> str | Callable[[str], Any] | None:
    what = f"'policy_hooks': the policy of {bucket!r}"
    if isinstance(value, str) and not value.lstrip().startswith("{"):
        try:
            value = import_string(value)
        except ImportError as error:
            faults.add("E011", f"{what} cannot be imported: {error}.", "Correct the dotted path.")
            return None
    if callable(value):
        found: Callable[[str], Any] = value
        return found
    text = _as_text(value)
    if text is None:
        faults.add("E005", f"{what} is none: {value!r}.", _KINDS)
    return text


def _as_text(value: Any) -> str | None:
    """A policy as JSON in one way of writing; None where it is no policy."""
    try:
        parsed = json.loads(value) if isinstance(value, str) else value
        if not isinstance(parsed, Mapping) or "Statement" not in parsed:
            return None
        given = parsed["Statement"]
        # MinIO and VersityGW refuse a statement that stands outside of a list.
        statements = [given] if isinstance(given, Mapping) else list(given)
        if not all(isinstance(statement, Mapping) for statement in statements):
            return None
        return json.dumps({**parsed, "Statement": statements}, sort_keys=True)
    except (TypeError, ValueError):
        return None

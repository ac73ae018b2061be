"""What can be declared of a bucket, one by one: how it is read, judged and made so."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tenant_minio.backends.base import Backend
from tenant_minio.buckets.policy import closed, is_open, public_policy, same_policy
from tenant_minio.buckets.wanted import Wanted
from tenant_minio.exceptions import PermissionDeniedError, UnsupportedFeatureError

# AWS's own, for access logs; the other groups are anyone, and anyone with an account of AWS.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#specifying-grantee-predefined-groups
_LOG_DELIVERY = "/s3/LogDelivery"


class Verdict(StrEnum):
    """What is to be said of a feature, before anything is done about it."""

    OK = "ok"
    MISSING = "missing"  # nothing is set yet
    DRIFT = "drift"  # something else is


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One thing that a bucket is to be.

    Args:
        declared: in words.
        nothing: what a new bucket has.
        read: asks the cluster.
        judge: what was read against what is declared.
        show: what was read, in words.
        mend: makes it as declared; is given what was read.
        change: what mending does, in words.
        may_be_hidden: a key that is not allowed to ask is good enough.
    """

    declared: str
    nothing: Any
    read: Callable[[], Any]
    judge: Callable[[Any], Verdict]
    show: Callable[[Any], str]
    mend: Callable[[Any], None]
    change: str
    may_be_hidden: bool = False


def _policy(backend: Backend, wanted: Wanted) -> Feature:
    bucket = wanted.bucket
    if wanted.hook is not None:
        text, declared = wanted.hook.text(), "that of policy_hooks"
        change = f"set the policy of {bucket} that policy_hooks gives"
    elif wanted.public:
        text, declared = public_policy(bucket), "anyone may get"
        change = f"let anyone get objects of {bucket}"
    else:
        return _closed_policy(backend, bucket)

    def judge(actual: str) -> Verdict:
        if not actual:
            return Verdict.MISSING
        return Verdict.OK if same_policy(actual, text) else Verdict.DRIFT

    return Feature(
        declared=declared,
        nothing="",
        read=lambda: _checked(backend.get_policy(bucket)),
        judge=judge,
        show=lambda actual: (
            declared if judge(actual) is Verdict.OK else "another" if actual else "none"
        ),
        mend=lambda _actual: backend.set_policy(bucket, text),
        change=change,
    )


@dataclass(frozen=True, slots=True)
class _Access:
    """What lets into a private bucket: its policy, and those groups of its ACL that are anyone."""

    policy: str = ""
    groups: tuple[str, ...] = ()

    @property
    def anyone(self) -> list[str]:
        """What lets anyone in, in words."""
        return [
            *(["lets anyone in"] if is_open(self.policy) else []),
            *([f"ACL lets anyone in ({', '.join(self.groups)})"] if self.groups else []),
        ]


def _closed_policy(backend: Backend, bucket: str) -> Feature:
    """A private bucket may have a policy of its own, as long as it names whom it lets in."""

    def read() -> _Access:
        return _Access(_checked(backend.get_policy(bucket)), _groups(backend, bucket))

    def show(actual: _Access) -> str:
        names_them = "names whom it lets in" if actual.policy else "none"
        return ", ".join(actual.anyone) or names_them

    def mend(actual: _Access) -> None:
        if is_open(actual.policy):
            rest = closed(actual.policy)
            if rest:
                backend.set_policy(bucket, rest)
            else:
                backend.delete_policy(bucket)
        if actual.groups:
            backend.set_acl_private(bucket)

    return Feature(
        declared="not for anyone",
        nothing=_Access(),
        read=read,
        judge=lambda actual: Verdict.DRIFT if actual.anyone else Verdict.OK,
        show=show,
        mend=mend,
        change=f"close {bucket} to anyone",
        may_be_hidden=True,
    )


def _groups(backend: Backend, bucket: str) -> tuple[str, ...]:
    """Those that are anyone; none where the server has no ACLs, or hides them from this key."""
    try:
        groups = backend.get_acl_groups(bucket)
    except (UnsupportedFeatureError, PermissionDeniedError):
        return ()
    return tuple(group for group in groups if not group.endswith(_LOG_DELIVERY))


def _checked(policy: str) -> str:
    """A policy as the cluster gave it. Raises ValueError where it is none that all read alike."""
    _ = is_open(policy)
    return policy


def _versioning(backend: Backend, wanted: Wanted) -> Feature | None:
    enabled = wanted.versioning
    if enabled is None:
        return None

    def judge(actual: str) -> Verdict:
        if (actual == "Enabled") is enabled:
            return Verdict.OK
        return Verdict.DRIFT if actual else Verdict.MISSING

    return Feature(
        declared="enabled" if enabled else "not enabled",
        nothing="",
        read=lambda: backend.get_versioning(wanted.bucket),
        judge=judge,
        show=lambda actual: actual.lower() or "never set",
        mend=lambda _actual: backend.set_versioning(wanted.bucket, enabled=enabled),
        change=f"{'enable' if enabled else 'suspend'} versioning of {wanted.bucket}",
    )


def _lifecycle(backend: Backend, wanted: Wanted) -> Feature | None:
    return _rules(wanted, "lifecycle", backend.get_lifecycle, backend.set_lifecycle)


def _cors(backend: Backend, wanted: Wanted) -> Feature | None:
    return _rules(wanted, "cors", backend.get_cors, backend.set_cors)


def _rules(
    wanted: Wanted,
    name: str,
    read: Callable[[str], tuple[Any, ...]],
    write: Callable[[str, Sequence[Any]], None],
) -> Feature | None:
    rules: tuple[Any, ...] | None = getattr(wanted, name)
    if rules is None:
        return None

    def judge(actual: tuple[Any, ...]) -> Verdict:
        if actual == rules:
            return Verdict.OK
        return Verdict.DRIFT if actual else Verdict.MISSING

    return Feature(
        declared=_told(rules),
        nothing=(),
        read=lambda: read(wanted.bucket),
        judge=judge,
        show=_told,
        mend=lambda _actual: write(wanted.bucket, rules),
        change=f"{'set' if rules else 'delete'} {name} rules of {wanted.bucket}",
    )


def _told(rules: tuple[Any, ...]) -> str:
    return "; ".join(map(str, rules)) or "none"


# In the order in which a new bucket gets them; None where nothing is declared.
FEATURES: Mapping[str, Callable[[Backend, Wanted], Feature | None]] = {
    "policy": _policy,
    "versioning": _versioning,
    "lifecycle": _lifecycle,
    "cors": _cors,
}

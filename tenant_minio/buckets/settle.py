"""One bucket, declared against actual; made as declared where that is asked for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from tenant_minio.backends.base import Backend
from tenant_minio.backends.registry import registry
from tenant_minio.buckets.features import FEATURES, Feature, Verdict
from tenant_minio.buckets.wanted import Wanted
from tenant_minio.exceptions import (
    PermissionDeniedError,
    TenantMinioError,
    UnsupportedFeatureError,
)

# What a finding, a bucket or a location may come to, the best first.
STATUSES = ("ok", "changed", "missing", "drift", "unsupported", "conflict", "failed")


class Mode(Enum):
    """How far it goes."""

    LOOK = "changes nothing"
    SET_UP = "creates buckets, and sets what is not set yet"
    MEND = "replaces what is set otherwise, too"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One feature of one bucket.

    Args:
        feature: ``existence``, ``policy``, ``versioning``, ``lifecycle`` or ``cors``.
        declared, actual: in words; ``actual`` is empty where it could not be seen.
        status: one of :data:`STATUSES`. ``missing`` where nothing is set yet, ``drift`` where
            something else is, ``unsupported`` where the server cannot.
        change: what was done, or would be, in words.
        error: why it is not as declared, and what to do.
        cause: the error that it failed with, if it did.
    """

    feature: str
    declared: str
    actual: str
    status: str
    change: str = ""
    error: str = ""
    cause: TenantMinioError | None = None


@dataclass(frozen=True, slots=True)
class BucketReport:
    """All findings of one bucket; nothing is looked at behind an existence that failed."""

    wanted: Wanted
    findings: tuple[Finding, ...]

    @property
    def status(self) -> str:
        """That of the worst finding."""
        return max((finding.status for finding in self.findings), key=STATUSES.index)

    @property
    def wrong(self) -> list[Finding]:
        """What is not as declared."""
        return [found for found in self.findings if found.status not in {"ok", "changed"}]

    @property
    def changes(self) -> tuple[str, ...]:
        """What was done, or would be to what is missing, in words."""
        told = (found for found in self.findings if found.status in {"changed", "missing"})
        return tuple(found.change for found in told)


def settle(wanted: Wanted, mode: Mode) -> BucketReport:
    """Look at a bucket, and do what ``mode`` allows. What fails is a finding; raises nothing."""
    bucket = wanted.bucket
    existence = Finding(
        feature="existence",
        declared="exists",
        actual="exists",
        status="ok",
        change=f"create bucket {bucket}",
    )
    try:
        backend = registry[wanted.backend]
        exists = backend.bucket_exists(bucket)
        if not exists:
            existence = replace(existence, actual="none", status="missing")
            if mode is not Mode.LOOK:
                backend.make_bucket(bucket)
                exists = True
                existence = replace(existence, actual="exists", status="changed")
    except TenantMinioError as error:
        failed = replace(existence, actual="", status="failed", error=str(error), cause=error)
        return BucketReport(wanted, (failed,))
    found = (_look(backend, wanted, name, mode, exists=exists) for name in FEATURES)
    return BucketReport(wanted, (existence, *(finding for finding in found if finding is not None)))


def _look(
    backend: Backend, wanted: Wanted, name: str, mode: Mode, *, exists: bool
) -> Finding | None:
    where = f"{backend.alias}:{wanted.bucket}"
    finding = Finding(feature=name, declared="", actual="", status="failed")
    if name in wanted.conflicts:
        who = wanted.conflicts[name]
        error = f"{where}: {who} ask for different {name}. Have them ask for the same."
        return replace(finding, declared="contradictory", status="conflict", error=error)
    try:
        feature = FEATURES[name](backend, wanted)
        if feature is None:
            return None
        finding = replace(finding, declared=feature.declared, change=feature.change)
        if name == "policy" and wanted.namesake:
            return _unopened(_compare(feature, finding, where, Mode.LOOK, exists=exists), wanted)
        return _compare(feature, finding, where, mode, exists=exists)
    except UnsupportedFeatureError as error:
        return replace(finding, status="unsupported", error=str(error), cause=error)
    except TenantMinioError as error:
        return replace(finding, error=str(error), cause=error)
    except ValueError as error:  # a policy that is no JSON
        return replace(finding, error=f"{where}: the cluster's {name} is not understood: {error}")


def _unopened(finding: Finding, wanted: Wanted) -> Finding:
    """What was seen of the policy of a bucket that nobody can vouch for."""
    if finding.status == "ok":
        return finding
    error = (
        f"{wanted.backend}:{wanted.bucket} is public, but private files may be kept in a bucket of "
        f"that name by {wanted.namesake}. These may be two names of one cluster, so it is not "
        f"opened. Give one of them another bucket; or, if they are two clusters, set the policy by "
        f"hand."
    )
    return replace(finding, status="conflict", error=error)


def _compare(
    feature: Feature, finding: Finding, where: str, mode: Mode, *, exists: bool
) -> Finding:
    try:
        # Also of one that was just made: somebody else may have been a moment faster.
        actual = feature.read() if exists else feature.nothing
    except UnsupportedFeatureError:
        if feature.judge(feature.nothing) is not Verdict.OK:
            raise
        return replace(finding, actual="the server has none", status="ok")
    except PermissionDeniedError:
        if not feature.may_be_hidden:
            raise
        return replace(finding, actual="hidden from this key", status="ok")
    verdict = feature.judge(actual)
    finding = replace(finding, actual=feature.show(actual), status=verdict.value)
    mends = mode is Mode.MEND or (mode is Mode.SET_UP and verdict is Verdict.MISSING)
    if verdict is Verdict.OK:
        return finding
    if not mends:
        return replace(finding, error=_complaint(finding, where))
    feature.mend(actual)
    # Some servers take what they do not know, and drop it.
    left = feature.read()
    finding = replace(finding, actual=feature.show(left))
    if feature.judge(left) is Verdict.OK:
        return replace(finding, status="changed")
    error = (
        f"{where}: the server took the {finding.feature} as declared, but keeps: {finding.actual}. "
        f"It does not support the rest: take it out of the settings."
    )
    return replace(finding, status="unsupported", error=error)


def _complaint(finding: Finding, where: str) -> str:
    if finding.status == "missing":
        return ""
    if finding.feature == "policy":
        if finding.declared == "not for anyone":
            return (
                f"{where} is private by its settings, but its policy or its ACL lets anyone in. "
                f"Run `manage.py check_buckets --fix`, which closes it, or declare what lives "
                f"there public, or the policy in 'policy_hooks'."
            )
        return (
            f"{where} has a policy of its own, which is left as it is. Declare it in "
            f"'policy_hooks', or run `manage.py check_buckets --fix`, which replaces it."
        )
    return (
        f"{where}: {finding.feature} is not as declared, and left as it is. "
        f"`manage.py check_buckets --fix` replaces it."
    )

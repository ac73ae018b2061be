"""Making the buckets of the entries that are MinioBackends."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any

from tenant_minio import buckets
from tenant_minio.backends.registry import registry
from tenant_minio.buckets import Need, Outcome, needs_of_storages
from tenant_minio.buckets.needs import BucketKey, bucket_key
from tenant_minio.buckets.policy import public_policy, same_policy
from tenant_minio.buckets.wanted import wanted_buckets
from tenant_minio.compat.django_minio_backend.entries import entry_options
from tenant_minio.compat.django_minio_backend.models import MinioBackend
from tenant_minio.compat.django_minio_backend.options import asks_for_buckets
from tenant_minio.exceptions import InvalidBackendError, TenantMinioError


def make_asked_for() -> None:
    """Do what ``MINIO_CONSISTENCY_CHECK_ON_START`` asks for, for the entries that have it.

    Raises:
        InvalidBackendError: something could not be made, and why.
    """
    needs = [need for need in _needs() if asks_for_buckets(entry_options(need.alias))]
    outcomes = initialize(needs)
    failed = "; ".join(outcome.error for outcome in outcomes if outcome.status == "failed")
    if failed:
        raise InvalidBackendError(f"MINIO_CONSISTENCY_CHECK_ON_START: {failed}")


def _needs() -> Iterator[Need]:
    classes = registry.declared.classes
    return (need for need in needs_of_storages() if issubclass(classes[need.alias], MinioBackend))


def initialize(needs: list[Need], *, dry_run: bool = False, **how: Any) -> list[Outcome]:
    """As :func:`tenant_minio.buckets.initialize`; first, old public buckets lose their listing.

    That is the one policy that django-minio-backend sets. A policy of any other kind is left as it
    is, and told.
    """
    old = _listable(needs)
    for key, (backend, bucket) in [] if dry_run else list(old.items()):
        try:
            registry[backend].set_policy(bucket, public_policy(bucket))
        except TenantMinioError:
            del old[key]  # what is left as it is, initialize tells
    outcomes = buckets.initialize(needs, dry_run=dry_run, **how)
    for place, outcome in enumerate(outcomes):
        if outcome.need.route is None or bucket_key(outcome.need.route) not in old:
            continue
        bucket = outcome.need.route.bucket
        change = f"take the right to list from {bucket}, which its old public policy gives"
        if dry_run:
            outcomes[place] = Outcome(outcome.need, "missing", (change,))
        elif outcome.status != "failed":
            changes = (change, *outcome.changes)
            outcomes[place] = replace(outcome, status="created", changes=changes)
    return outcomes


def _listable(needs: Collection[Need]) -> dict[BucketKey, tuple[str, str]]:
    """Backend and bucket of what django-minio-backend opened, and nobody's hook is to set."""
    found = {}
    for key, wanted in wanted_buckets(needs).items():
        entry = registry.declared.classes.get(wanted.backend, object)
        if not wanted.public or wanted.hook is not None or not issubclass(entry, MinioBackend):
            continue
        try:
            policy = registry[wanted.backend].get_policy(wanted.bucket)
        except TenantMinioError:
            continue  # such as a bucket that is still to be made: initialize tells
        if same_policy(policy, _old_policy(wanted.bucket)):
            found[key] = wanted.backend, wanted.bucket
    return found


def _old_policy(bucket: str) -> str:
    """What ``MinioBackend.set_bucket_to_public`` of django-minio-backend 3 and 4 sets."""
    actions = {
        "s3:GetBucketLocation": bucket,
        "s3:ListBucket": bucket,
        "s3:GetObject": f"{bucket}/*",
    }
    statements = [
        {
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": action,
            "Resource": f"arn:aws:s3:::{resource}",
        }
        for action, resource in actions.items()
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})

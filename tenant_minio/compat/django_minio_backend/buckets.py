"""Making the buckets of the entries that are MinioBackends."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tenant_minio.backends.registry import registry
from tenant_minio.buckets import Need, initialize, needs_of_storages
from tenant_minio.buckets.policy import public_policy, same_policy
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
    replace_old_policies(needs)
    outcomes = initialize(needs)
    failed = "; ".join(outcome.error for outcome in outcomes if outcome.status == "failed")
    if failed:
        raise InvalidBackendError(f"MINIO_CONSISTENCY_CHECK_ON_START: {failed}")


def _needs() -> Iterator[Need]:
    classes = registry.declared.classes
    return (need for need in needs_of_storages() if issubclass(classes[need.alias], MinioBackend))


def replace_old_policies(needs: list[Need] | None = None) -> list[str]:
    """Take the right to list from the public buckets that django-minio-backend opened.

    A policy of any other kind is left to initialize_buckets, which tells of it.

    Args:
        needs: of the entries it is about; None for all that are MinioBackends.

    Returns:
        The buckets whose policy was replaced.
    """
    replaced = []
    for need in _needs() if needs is None else needs:
        if need.route is None or not need.route.public:
            continue
        bucket, backend = need.route.bucket, registry[need.alias]
        try:
            if same_policy(backend.get_policy(bucket), _old_policy(bucket)):
                backend.set_policy(bucket, public_policy(bucket))
                replaced.append(bucket)
        except TenantMinioError:
            continue  # such as a bucket that is still to be made: initialize_buckets tells
    return replaced


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

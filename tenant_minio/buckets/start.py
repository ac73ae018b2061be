"""The comparison that a server process makes before it serves, for the entries that ask for it."""

from __future__ import annotations

from tenant_minio.backends.registry import registry
from tenant_minio.buckets.check import check
from tenant_minio.buckets.needs import needs_of_entry
from tenant_minio.conf import conf
from tenant_minio.exceptions import InvalidBackendError


def entries_to_check() -> tuple[str, ...]:
    """The aliases that ask, by ``TENANT_MINIO["CHECK_ON_START"]`` or by their own option.

    Raises:
        InvalidBackendError: the setting is of the wrong kind, or names an unknown alias.
    """
    declared = registry.declared
    chosen = conf.check_on_start
    if chosen is True:
        chosen = (*declared.backends, *declared.routers)
    asked = tuple(dict.fromkeys([*(chosen or ()), *sorted(declared.on_start)]))
    for alias in asked:
        # An entry whose settings are wrong says so here.
        _ = registry.router(alias) if alias in declared.routers else registry[alias]
    return asked


def check_on_start() -> None:
    """Compare the buckets of the entries that ask for it; change nothing.

    Raises:
        BackendUnavailableError, PermissionDeniedError: a cluster does not do what was asked.
        InvalidBackendError: a bucket is not as declared, or an alias is unknown.
    """
    needs = [need for alias in entries_to_check() for need in needs_of_entry(alias)]
    comparison = check(list(dict.fromkeys(needs)))
    wrong = [finding for report in comparison.reports for finding in report.wrong]
    failed = next((finding.cause for finding in wrong if finding.cause is not None), None)
    if failed is not None:
        raise failed
    told = [
        f"{report.wanted.backend}:{report.wanted.bucket}: {finding.feature} is "
        f"{finding.actual or 'unknown'} instead of {finding.declared}"
        for report in comparison.reports
        for finding in report.wrong
    ]
    told += [str(need.error) for need in comparison.nowhere]
    if told:
        raise InvalidBackendError(
            f"Buckets are not as declared, and CHECK_ON_START or 'check_on_start' asks for it: "
            f"{'; '.join(told)}. Run `manage.py initialize_buckets --all-tenants` to make what is "
            f"missing, and `manage.py check_buckets --all-tenants` to see what differs."
        )

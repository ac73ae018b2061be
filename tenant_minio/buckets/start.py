"""The look at the clusters that ``TENANT_MINIO["CHECK_ON_START"]`` asks for."""

from tenant_minio.backends.registry import registry
from tenant_minio.buckets.declared import needs_of_storages
from tenant_minio.conf import conf
from tenant_minio.exceptions import MissingBucketError


def check_on_start() -> None:
    """See that the chosen clusters answer and that their declared buckets are there.

    Raises:
        MissingBucketError: a bucket is not there.
        InvalidBackendError: an alias is unknown.
        BackendUnavailableError, PermissionDeniedError: a cluster does not do what was asked.
    """
    chosen = conf.check_on_start
    declared = registry.declared
    aliases = tuple(declared.backends) if chosen is True else chosen
    for alias in aliases or ():
        _check_buckets(alias)


def _check_buckets(alias: str) -> None:
    backend = registry[alias]
    buckets = {
        route.bucket
        for need in needs_of_storages()
        if (route := need.route) is not None and route.backend == alias
    }
    for router in registry.declared.routers.values():
        templates = [*router.routes.items()]
        buckets |= {t.render(key).bucket for key, t in templates if t.backend == alias}
        shared = router.template
        if shared is not None and shared.backend == alias and "{" not in shared.bucket:
            buckets.add(shared.bucket)
    for bucket in sorted(buckets):
        if not backend.bucket_exists(bucket):
            raise MissingBucketError(
                f"The bucket {bucket!r} of STORAGES[{alias!r}] does not exist, and CHECK_ON_START "
                f"asks for it. Run `manage.py initialize_buckets --all-tenants`."
            )

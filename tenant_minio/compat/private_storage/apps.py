"""The app that stands in INSTALLED_APPS where ``private_storage`` stood."""

from django.apps import AppConfig, apps


class PrivateStorageConfig(AppConfig):
    """Starts tenant_minio where that is not installed as well.

    The label is that of the app whose place it takes.
    """

    name = "tenant_minio.compat.private_storage"
    label = "private_storage"
    verbose_name = "Tenant MinIO, as django-private-storage"

    def ready(self) -> None:
        from tenant_minio.apps import start

        if not apps.is_installed("tenant_minio"):
            start()

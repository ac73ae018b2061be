"""The app that stands in INSTALLED_APPS where ``django_minio_backend`` stood."""

from django.apps import AppConfig, apps


class DjangoMinioBackendConfig(AppConfig):
    """Registers the checks, and starts tenant_minio where that is not installed as well.

    The label is that of the app whose place it takes.
    """

    name = "tenant_minio.compat.django_minio_backend"
    label = "django_minio_backend"
    verbose_name = "Tenant MinIO, as django-minio-backend"

    def ready(self) -> None:
        """Look at no cluster, but where MINIO_CONSISTENCY_CHECK_ON_START makes buckets."""
        from tenant_minio.apps import is_command, start
        from tenant_minio.compat.django_minio_backend import checks
        from tenant_minio.compat.django_minio_backend.buckets import make_asked_for

        checks.register()
        if not apps.is_installed("tenant_minio"):
            start()
        if not is_command():
            make_asked_for()

"""Where Django finds templates and static files."""

from django.apps import AppConfig


class UploadsConfig(AppConfig):
    """Direct uploads."""

    name = "tenant_minio.uploads"
    label = "tenant_minio_uploads"
    verbose_name = "Direct uploads"

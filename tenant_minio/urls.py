"""Pages of this package: ``path("", include("tenant_minio.urls"))``."""

from django.urls import path

from tenant_minio.health import healthz, ready

app_name = "tenant_minio"
urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("healthz/ready", ready, name="ready"),
]

"""A project that shows its health."""

from django.urls import include, path

urlpatterns = [path("", include("tenant_minio.urls"))]

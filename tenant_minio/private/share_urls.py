"""``path("shared/", include("tenant_minio.private.share_urls"))``: files by links."""

from django.urls import path

from tenant_minio.private.views import SharedFileView

urlpatterns = [path("<str:token>", SharedFileView.as_view(), name="shared_private_file")]

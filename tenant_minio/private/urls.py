"""``path("private/", include("tenant_minio.private.urls"))``: files by their names."""

from django.urls import re_path

from tenant_minio.private.views import PrivateStorageView

urlpatterns = [
    re_path(r"^(?P<path>.*)\Z", PrivateStorageView.as_view(), name="serve_private_file"),
]

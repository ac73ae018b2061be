"""``path("private-media/", include("tenant_minio.compat.private_storage.urls"))``."""

from django.urls import re_path

from tenant_minio.compat.private_storage.views import PrivateStorageView

urlpatterns = [
    re_path(r"^(?P<path>.*)\Z", PrivateStorageView.as_view(), name="serve_private_file"),
]

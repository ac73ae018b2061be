from typing import Any

from django.core.files.storage import storages
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from tenant_minio.private.views import PrivateStorageView


class LocalView(PrivateStorageView):
    """Files of a local folder."""

    def get_storage(self) -> Any:
        return storages["local"]


def alive(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("alive")


urlpatterns = [
    path("alive", alive),
    path("private/", include("tenant_minio.private.urls")),
    path("shared/", include("tenant_minio.private.share_urls")),
    path("local/<path:path>", LocalView.as_view()),
    path("local-attached/<path:path>", LocalView.as_view(content_disposition="attachment")),
]

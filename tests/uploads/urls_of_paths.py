"""Tenants in the path."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def page(_request: HttpRequest, key: str, pk: int) -> HttpResponse:
    return HttpResponse(f"{key} {pk}")


urlpatterns = [
    path("t/<key>/uploads/", include("tenant_minio.uploads.urls")),
    path("t/<key>/documents/<int:pk>/", page),
]

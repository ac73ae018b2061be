"""Addresses at a customer's host, such as acme.localhost."""

from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path

from example_saas.vault import views
from example_saas.vault.files import DocumentFileView, DownloadView

urlpatterns = [
    path("", views.documents, name="documents"),
    path("upload/", views.upload, name="upload"),
    path("uploads/", include("tenant_minio.uploads.urls")),
    path("documents/<uuid:pk>/", views.document, name="document"),
    path("documents/<uuid:pk>/file/", DocumentFileView.as_view(), name="file"),
    path("documents/<uuid:pk>/download/", DownloadView.as_view(), name="download"),
    path("documents/<uuid:pk>/share/", views.share, name="share"),
    path("documents/<uuid:pk>/delete/", views.delete, name="delete"),
    path("shared/", include("tenant_minio.private.share_urls")),
    path("admin/", admin.site.urls),
    path("sign-in/", LoginView.as_view(redirect_authenticated_user=True), name="sign-in"),
    path("sign-out/", LogoutView.as_view(), name="sign-out"),
]

"""The pages of the site."""

from django.contrib import admin
from django.contrib.auth.views import LoginView
from django.contrib.staticfiles.views import serve
from django.http import HttpResponse
from django.urls import include, path

from tests.browser.project.library import views

urlpatterns = [
    path("", views.documents, name="documents"),
    path("<int:pk>/", views.document, name="document"),
    path("several/", views.several, name="several"),
    path("sign-in/", LoginView.as_view(), name="login"),
    path("uploads/", include("tenant_minio.uploads.urls")),
    path("admin/", admin.site.urls),
    path("favicon.ico", lambda _request: HttpResponse(status=204)),
    path("static/<path:path>", serve, {"insecure": True}),
]

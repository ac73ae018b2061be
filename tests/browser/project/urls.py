"""The pages of the site."""

from django.contrib import admin
from django.contrib.auth.views import LoginView
from django.contrib.staticfiles.views import serve
from django.urls import path

from tests.browser.project.library import views

urlpatterns = [
    path("", views.documents, name="documents"),
    path("<int:pk>/", views.document, name="document"),
    path("sign-in/", LoginView.as_view(), name="login"),
    path("admin/", admin.site.urls),
    path("static/<path:path>", serve, {"insecure": True}),
]

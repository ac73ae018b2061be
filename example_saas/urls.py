"""Addresses at a customer's host, such as acme.localhost."""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from example_saas.vault import views

urlpatterns = [
    path("", views.documents, name="documents"),
    path("upload/", views.upload, name="upload"),
    path("documents/<uuid:pk>/", views.document, name="document"),
    path("documents/<uuid:pk>/download/", views.download, name="download"),
    path("documents/<uuid:pk>/delete/", views.delete, name="delete"),
    path("sign-in/", LoginView.as_view(redirect_authenticated_user=True), name="sign-in"),
    path("sign-out/", LogoutView.as_view(), name="sign-out"),
]

"""Addresses at the bare host, which belongs to no customer."""

from django.urls import path

from example_saas.customers import views

urlpatterns = [path("", views.landing, name="landing")]

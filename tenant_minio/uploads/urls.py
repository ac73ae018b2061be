"""Direct uploads: ``path("uploads/", include("tenant_minio.uploads.urls"))``."""

from django.urls import path

from tenant_minio.uploads import views

app_name = "tenant_minio_uploads"
urlpatterns = [
    path("begin/", views.begin, name="begin"),
    path("parts/", views.parts, name="parts"),
    path("finish/", views.finish, name="finish"),
    path("cancel/", views.cancel, name="cancel"),
]

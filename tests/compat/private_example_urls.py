from django.urls import include, path

urlpatterns = [path("files/", include("tenant_minio.compat.private_storage.urls"))]

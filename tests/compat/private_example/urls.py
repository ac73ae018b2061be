from django.urls import include, path

from tests.compat.private_example.dossiers.views import DossierDownloadView

urlpatterns = [
    path("private-media/", include("tenant_minio.compat.private_storage.urls")),
    path("dossiers/<str:customer>/", DossierDownloadView.as_view()),
]

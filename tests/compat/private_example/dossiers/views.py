from typing import Any

from tenant_minio.compat.private_storage.views import PrivateStorageDetailView, PrivateStorageView
from tests.compat.private_example.dossiers.models import CustomerDossier


class DossierDownloadView(PrivateStorageDetailView):
    model = CustomerDossier
    model_file_field = "file"
    slug_field = "customer"
    slug_url_kwarg = "customer"
    content_disposition = "attachment"

    def get_content_disposition_filename(self, private_file: Any) -> str:
        return f"{private_file.parent_object.customer}.txt"

    def can_access_file(self, private_file: Any) -> bool:
        """Customers their own, and whom the settings let in."""
        if private_file.request.user.username == private_file.parent_object.customer:
            return True
        return PrivateStorageView.can_access_file(private_file)

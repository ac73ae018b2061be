"""Views that give a document's file; ``vault/rules.py`` says to whom."""

from example_saas.vault.models import Document
from tenant_minio.private import PrivateFile
from tenant_minio.private.views import PrivateStorageDetailView


class DocumentFileView(PrivateStorageDetailView):
    """The file itself, sent by Django, or the part of it that a video player asks for."""

    model = Document

    def get_content_disposition_filename(self, private_file: PrivateFile) -> str:
        """The name that it had when it was uploaded."""
        return self.object.filename


class DownloadView(DocumentFileView):
    """Sends the browser to the cluster, by a URL for this one file that soon expires."""

    server_class = "redirect"
    content_disposition = "attachment"

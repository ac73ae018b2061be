"""Who may have a document's file: ``TENANT_MINIO["PRIVATE"]["PERMISSION"]``."""

from example_saas.vault.models import Document
from tenant_minio.private import PrivateFile


def may_read(private_file: PrivateFile) -> bool:
    """Those who are signed in at the customer whose file it is, as far as its uploader lets them.

    It is asked before the cluster is. Whoever it refuses gets the answer of a missing file.
    """
    document, user = private_file.parent_object, private_file.user
    if not isinstance(document, Document) or not user.is_authenticated:
        return False
    its_customer = private_file.tenant == private_file.request.tenant.schema_name
    return its_customer and document.readable_by(user)

"""A document's file goes when its row is gone, however the row was deleted."""

from functools import partial
from typing import Any

from django.db import transaction
from django.db.models.signals import post_delete
from django.dispatch import receiver

from example_saas.vault.models import Document
from tenant_minio import require_tenant


@receiver(post_delete, sender=Document)
def delete_file(instance: Document, **_: Any) -> None:
    """Deletes the file once the row's deletion is committed.

    The tenant is fixed now: whoever commits may stand in another schema by then. A cluster that
    fails at that point is logged and stops nobody, since the row is gone already;
    `clean_orphaned_minio_files` finds such an object.
    """
    storage = instance.file.storage.for_tenant(require_tenant())
    transaction.on_commit(partial(storage.delete, instance.file.name), robust=True)

"""What comes with a document's row, and what goes with it, however it was saved or deleted.

The tenant is fixed before the commit: whoever commits may stand in another schema by then. A
cluster that fails after it is logged and stops nobody, since the row is there, or gone, already.
"""

from functools import partial
from typing import Any

from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from example_saas.vault.kinds import Kind
from example_saas.vault.library import add_thumbnail
from example_saas.vault.models import Document
from tenant_minio import require_tenant


@receiver(post_save, sender=Document)
def make_thumbnail(instance: Document, created: bool, raw: bool, **_: Any) -> None:
    """Makes an image's thumbnail once its row is committed; a list without it works too."""
    if created and not raw and instance.kind is Kind.IMAGE:
        transaction.on_commit(partial(add_thumbnail, instance, require_tenant()), robust=True)


@receiver(post_delete, sender=Document)
def delete_files(instance: Document, **_: Any) -> None:
    """Deletes the files once the row's deletion is committed.

    `clean_orphaned_minio_files` finds what a cluster that is away keeps.
    """
    for file in (instance.file, instance.thumbnail):
        if file:
            storage = file.storage.for_tenant(require_tenant())
            transaction.on_commit(partial(storage.delete, file.name), robust=True)

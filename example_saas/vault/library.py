"""Adds a document so that row and object come together or not at all."""

from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django_tenants.utils import schema_context

from example_saas.vault.kinds import content_type_of
from example_saas.vault.models import Document
from example_saas.vault.thumbnails import thumbnail_of


def add_document(document: Document, upload: UploadedFile, *, user: User) -> None:
    """Stores ``upload`` and saves ``document``, which a form has filled in with it.

    The object is written before the row: a cluster that fails leaves no row, and a row that fails
    takes the object away again.

    :raises OSError: the cluster failed.
    :raises SuspiciousFileOperation: no storage should keep a file of this name.
    """
    document.filename = (upload.name or "file")[-255:]
    document.title = document.title or document.filename[:120]
    document.size = upload.size or 0
    document.content_type = content_type_of(document.filename)
    document.uploaded_by = user
    document.file.save(document.filename, upload, save=False)
    try:
        with transaction.atomic():
            document.save()
    except BaseException:
        document.file.delete(save=False)
        raise


def add_thumbnail(document: Document, tenant: str) -> None:
    """Keeps a small picture of an image beside it, in its tenant's place.

    :raises OSError: the cluster failed.
    """
    with schema_context(tenant):
        with document.file.open() as file:
            small = thumbnail_of(file)
        if small is None:
            return
        document.thumbnail.save(f"{document.pk}.webp", ContentFile(small), save=False)
        same = Document.objects.filter(pk=document.pk)
        if not same.update(thumbnail=document.thumbnail.name):  # deleted meanwhile
            document.thumbnail.delete(save=False)

"""What a customer keeps in the vault."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import models

from example_saas.vault.kinds import Kind, kind_of


class DocumentQuerySet(models.QuerySet["Document"]):
    def readable_by(self, user: AbstractBaseUser | AnonymousUser) -> "DocumentQuerySet":
        """The documents that ``user``, who is signed in, may read."""
        return self.filter(models.Q(only_me=False) | models.Q(uploaded_by=user.pk))


class Document(models.Model):
    """One uploaded file. Its ``file`` is a plain FileField: the storage knows whose it is.

    Size and type are kept in the row, so that a list of documents asks no cluster anything.
    """

    # Not a counter: counters of two customers would share numbers, and count the documents.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    title = models.CharField(max_length=120)
    file = models.FileField(upload_to="docs/", max_length=255)
    # Made of images by a receiver; the name of none is empty.
    thumbnail = models.FileField(
        upload_to="thumbnails/", max_length=255, blank=True, editable=False
    )
    only_me = models.BooleanField("Keep it to myself", default=False)
    # The stored name gets a suffix where it was taken; downloads give back the one uploaded.
    filename = models.CharField(max_length=255, editable=False)
    size = models.PositiveBigIntegerField(editable=False, help_text="In bytes.")
    content_type = models.CharField(max_length=100, editable=False)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, editable=False
    )
    uploaded_at = models.DateTimeField(auto_now_add=True)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-uploaded_at", "title"]

    def __str__(self) -> str:
        return self.title

    def readable_by(self, user: AbstractBaseUser | AnonymousUser) -> bool:
        """Whether ``user``, who is signed in, may read it."""
        return not self.only_me or self.uploaded_by_id == user.pk

    @property
    def kind(self) -> Kind:
        """How a page can show it."""
        return kind_of(self.content_type)

    @property
    def extension(self) -> str:
        """The end of the file's name for a badge, such as ``pdf``; ``file`` where it has none."""
        _, dot, extension = self.filename.rpartition(".")
        return extension.lower()[:4] if dot and extension else "file"

    @property
    def type_name(self) -> str:
        """What a person calls its type: ``PNG image``, ``PDF document``, ``Text``."""
        match self.kind:
            case Kind.IMAGE:
                return f"{self.extension.upper()} image"
            case Kind.VIDEO:
                return f"{self.extension.upper()} video"
            case Kind.PDF:
                return "PDF document"
            case Kind.TEXT:
                return "Text"
            case Kind.OTHER:
                return "File" if self.extension == "file" else f"{self.extension.upper()} file"

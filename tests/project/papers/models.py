"""In the public schema and in each tenant's."""

from typing import Any

from django.db import models

from tenant_minio.storage import from_alias


class NotInTheBin(models.Manager):
    def get_queryset(self) -> Any:
        return super().get_queryset().filter(deleted=False)


class Paper(models.Model):
    """Two files on one storage; its managers hide what is in the bin."""

    file = models.FileField(upload_to="papers/", blank=True)
    annex = models.FileField(upload_to="annexes/", null=True)
    deleted = models.BooleanField(default=False)

    objects = NotInTheBin()

    class Meta:
        base_manager_name = "objects"


class DraftPaper(Paper):
    """Inherits the fields, and the table that they are in."""

    notes = models.FileField(upload_to="notes/")


class PrintedPaper(Paper):
    class Meta:
        proxy = True


def reports() -> Any:
    return from_alias("reports")


class Report(models.Model):
    """A file that no tenant owns, in a storage that a callable gives."""

    file = models.FileField(storage=reports)

from typing import Any

from django.db import models

from tenant_minio.compat.private_storage.fields import PrivateFileField, PrivateImageField


def folders(instance: Any) -> list[str]:
    return [instance.customer]


class CustomerDossier(models.Model):
    customer = models.CharField(max_length=30)
    file = PrivateFileField(
        upload_to="dossiers",
        upload_subfolder=folders,
        content_types=["text/plain", "application/pdf"],
        max_file_size=1000,
    )
    photo = PrivateImageField(upload_to="photos", width_field="width", blank=True)
    width = models.IntegerField(null=True, blank=True)

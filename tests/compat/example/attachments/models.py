import uuid
from typing import Any

from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models

from tenant_minio.compat.django_minio_backend import MinioBackend, iso_date_prefix
from tests.compat.example.attachments.storages import get_private_storage


class Image(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    image = models.FileField(
        upload_to=iso_date_prefix,
        storage=MinioBackend(bucket_name="example-public", replace_existing=True),
    )

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        self.image.delete()
        return super().delete(*args, **kwargs)


class GenericAttachment(models.Model):
    """In the default storage."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    file = models.FileField(verbose_name="Object Upload (to default storage)")


class Attachment(models.Model):
    content_type = models.ForeignKey(ContentType, null=True, blank=True, on_delete=models.CASCADE)
    object_id = models.PositiveIntegerField(null=True, blank=True)
    content_object = GenericForeignKey("content_type", "object_id")

    class Meta:
        abstract = True

    @property
    def exists(self) -> bool:
        return self.file.storage.exists(self.file.name)

    @property
    def file_size(self) -> int:
        return self.file.size

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        self.file.delete()
        return super().delete(*args, **kwargs)


class PublicAttachment(Attachment):
    file = models.FileField(
        verbose_name="Object Upload",
        storage=MinioBackend("example-public"),
        upload_to=iso_date_prefix,
    )


class PrivateAttachment(Attachment):
    def set_file_path_name(self, file_name_ext: str) -> str:
        return f"{self.content_type.name}/{file_name_ext}"

    file = models.FileField(
        verbose_name="Object Upload", storage=get_private_storage, upload_to=set_file_path_name
    )

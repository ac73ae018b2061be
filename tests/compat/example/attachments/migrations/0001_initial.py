# As v3 wrote it down, with the new import path.

import uuid

import django.db.models.deletion
from django.db import migrations, models

import tenant_minio.compat.django_minio_backend.models
import tests.compat.example.attachments.models


class Migration(migrations.Migration):
    initial = True

    dependencies = [("contenttypes", "0002_remove_content_type_name")]

    operations = [
        migrations.CreateModel(
            name="Image",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "image",
                    models.FileField(
                        storage=tenant_minio.compat.django_minio_backend.models.MinioBackend(
                            bucket_name="example-public", replace_existing=True
                        ),
                        upload_to=tenant_minio.compat.django_minio_backend.models.iso_date_prefix,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PublicAttachment",
            fields=[
                (
                    "id",
                    models.AutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("object_id", models.PositiveIntegerField(blank=True, null=True)),
                (
                    "file",
                    models.FileField(
                        storage=tenant_minio.compat.django_minio_backend.models.MinioBackend(
                            "example-public"
                        ),
                        upload_to=tenant_minio.compat.django_minio_backend.models.iso_date_prefix,
                        verbose_name="Object Upload",
                    ),
                ),
                (
                    "content_type",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="contenttypes.contenttype",
                    ),
                ),
            ],
            options={"abstract": False},
        ),
        migrations.CreateModel(
            name="PrivateAttachment",
            fields=[
                (
                    "id",
                    models.AutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("object_id", models.PositiveIntegerField(blank=True, null=True)),
                (
                    "file",
                    models.FileField(
                        storage=tenant_minio.compat.django_minio_backend.models.MinioBackend(
                            bucket_name="example-private"
                        ),
                        upload_to=tests.compat.example.attachments.models.PrivateAttachment.set_file_path_name,
                        verbose_name="Object Upload",
                    ),
                ),
                (
                    "content_type",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="contenttypes.contenttype",
                    ),
                ),
            ],
            options={"abstract": False},
        ),
    ]

# As django-private-storage wrote it down, with the new import path.

from django.db import migrations, models

import tenant_minio.compat.private_storage.fields

# An old migration names one class; this one that of each kind of settings.
import tenant_minio.compat.private_storage.storage


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="CustomerDossier",
            fields=[
                (
                    "id",
                    models.AutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("customer", models.CharField(max_length=30)),
                (
                    "file",
                    tenant_minio.compat.private_storage.fields.PrivateFileField(
                        storage=tenant_minio.compat.private_storage.storage.PrivateStorage(),
                        upload_to="dossiers",
                    ),
                ),
                (
                    "photo",
                    tenant_minio.compat.private_storage.fields.PrivateImageField(
                        blank=True,
                        storage=tenant_minio.compat.private_storage.storage.PrivateStorage(),
                        upload_to="photos",
                        width_field="width",
                    ),
                ),
                ("width", models.IntegerField(blank=True, null=True)),
            ],
        ),
    ]

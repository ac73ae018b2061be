# As v4 wrote it down, with the new import path.

import uuid

from django.db import migrations, models

import tests.compat.example.attachments.models
import tests.compat.example.attachments.storages


class Migration(migrations.Migration):
    dependencies = [("attachments", "0001_initial")]

    operations = [
        migrations.AlterField(
            model_name="privateattachment",
            name="file",
            field=models.FileField(
                storage=tests.compat.example.attachments.storages.get_private_storage,
                upload_to=tests.compat.example.attachments.models.PrivateAttachment.set_file_path_name,
                verbose_name="Object Upload",
            ),
        ),
        migrations.CreateModel(
            name="GenericAttachment",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "file",
                    models.FileField(
                        upload_to="", verbose_name="Object Upload (to default storage)"
                    ),
                ),
            ],
        ),
    ]

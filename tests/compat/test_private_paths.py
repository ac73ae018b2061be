"""The command of the documentation changes import paths, and nothing else."""

import ast
import re
import subprocess
from pathlib import Path

DOCUMENT = Path(__file__).resolve().parents[2] / "docs/migrating-from-django-private-storage.md"
NEW = "tenant_minio.compat.private_storage"

# A line each; NEW stands where the command is to put it.
MODULES = """\
import NEW
import os, NEW
import NEW as private
import NEW.fields
import NEW.fields as fields, NEW.models
from NEW import fields, appconfig
from NEW import (
    servers,
)
from NEW.fields import PrivateFileField
from NEW.storage import private_storage
from shop import private_storage
from .private_storage import rule
from shop.private_storage.fields import Field
import shop.private_storage
import private_storage_extra

def rule(private_storage):
    import NEW
    return private_storage.url("a.txt") or private_storage.save

F = NEW.fields.PrivateFileField(storage=private_storage)
app = apps.get_app_config("private_storage")
model = apps.get_model("private_storage", "Model")
owner = models.ForeignKey(User, CASCADE, related_name="private_storage")
path = reverse("private_storage")
path = reverse(
    "private_storage",
)
key = settings.CACHES['private_storage'], my_private_storage
patch("NEW.views.private_storage")
assert apps.is_installed("NEW")
assert apps.is_installed(
    'NEW'
)
assert "NEW" in settings.INSTALLED_APPS
assert "NEW" not in INSTALLED_APPS
urls = path("private/", include("NEW.urls"))
"""
SETTINGS = """\
INSTALLED_APPS = [
    "django.contrib.auth",  # [see] (the docs)
    "NEW",
    'NEW',
]
SHARED_APPS: tuple = ("a", "NEW")
INSTALLED_APPS += ["NEW"]
INSTALLED_APPS.append("NEW")
INSTALLED_APPS = BASE_APPS + ['b', "NEW"]
PRIVATE_STORAGE_CLASS = "NEW.storage.s3boto3.PrivateS3BotoStorage"
PRIVATE_STORAGE_AUTH_FUNCTION = 'NEW.permissions.allow_staff'
PRIVATE_STORAGE_SERVER = "nginx"
STATICFILES_DIRS = ["private_storage"]
DATABASES = {"private_storage": {}}
"""
MIGRATION = """\
import django.db.models.deletion
import NEW.fields
import NEW.storage.files

field = NEW.fields.PrivateFileField(storage=NEW.storage.files.PrivateFileSystemStorage())
"""


def test_command_changes_paths_and_leaves_the_rest_alone(tmp_path: Path) -> None:
    [command] = re.findall(
        r"^   (grep .*?)\n   ```", DOCUMENT.read_text(), re.DOTALL | re.MULTILINE
    )
    wanted = {
        "shop/models.py": MODULES,
        "my site/settings.py": SETTINGS,
        "shop/migrations/0001_initial.py": MIGRATION,
    }
    for name, text in wanted.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text.replace("NEW", "private_storage"))
    for _ in range(2):  # the second run changes nothing
        subprocess.run(["bash", "-euc", command], cwd=tmp_path, check=True)
        for name, text in wanted.items():
            found = (tmp_path / name).read_text()
            ast.parse(found)
            assert found == text.replace("NEW", NEW)

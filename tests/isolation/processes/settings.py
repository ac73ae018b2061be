"""Settings of a program that runs beside the tests, as ``running.py`` tells it by ISOLATION."""

import json
import os

from tests.isolation.places import two_clusters
from tests.isolation.processes.filed import FiledLabels
from tests.settings import *  # noqa: F403 -- the same project

_told = json.loads(os.environ["ISOLATION"])
_labels = FiledLabels(_told["sent"])

STORAGES = {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    **two_clusters(
        *({**_told[name], "http_client": _labels.make_pool} for name in ("one", "two")),
    ),
}
if _told["database"] is None:  # a project without rows
    DATABASES = {}
    DATABASE_ROUTERS = []
    INSTALLED_APPS = ["tenant_minio"]
else:
    DATABASES = {"default": _told["database"]}
TENANT_MINIO = _told["tenant_minio"]
ROOT_URLCONF = "tests.isolation.processes.site"
MIDDLEWARE = ["tenant_minio.middleware.TenantMiddleware"]
ALLOWED_HOSTS = ["127.0.0.1"]
FOLDER = _told["folder"]
BROKER = _told["broker"]

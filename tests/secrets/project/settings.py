"""A project with storages that work and storages that do not, as a file of JSON names them."""

import base64
import json
import os
from pathlib import Path

from django import VERSION

_GIVEN = json.loads(Path(os.environ["SECRETS_GIVEN"]).read_text())

SECRET_KEY = "only for tests"
ALLOWED_HOSTS = ["*"]
USE_TZ = True
ROOT_URLCONF = "tests.secrets.project.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {
    "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["SECRETS_DATABASE"]}
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Pairs until Django 6.0 deprecated them.
ADMINS = ["admin@example.com"] if VERSION >= (6, 0) else [("admin", "admin@example.com")]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
INSTALLED_APPS = [
    "tenant_minio",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "tests.secrets.project.papers",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
STATIC_URL = "static/"
STATICFILES_DIRS = [Path(__file__).with_name("static")]
STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {
        "mail": {
            "level": "ERROR",
            "class": "django.utils.log.AdminEmailHandler",
            "include_html": True,
        },
    },
    "loggers": {"django.request": {"handlers": ["mail"]}},
}

STORAGES = _GIVEN["storages"]
for _entry in STORAGES.values():
    _sse = _entry.get("OPTIONS", {}).get("sse")
    if _sse and _sse.get("as_bytes"):
        _entry["OPTIONS"]["sse"] = {"type": "C", "key": base64.b64decode(_sse["key"])}
TENANT_MINIO = {
    "TENANTS": "tests.secrets.project.papers.models.tenants",
    "CURRENT": "tests.secrets.project.papers.models.tenant",
    "SUBSCRIBERS": [
        "tenant_minio.events.logs.log",
        "tenant_minio.contrib.prometheus.record_by_tenant",
        "tests.secrets.project.walk.spans",
    ],
    "HEALTH_INTERVAL": 0.5,
}

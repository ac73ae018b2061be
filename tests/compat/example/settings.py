"""Settings of the example, as v4 has them or, with ``EXAMPLE=v3``, at the top level."""

import os
from datetime import timedelta
from pathlib import Path

SECRET_KEY = "only for tests"
ALLOWED_HOSTS = ["*"]
USE_TZ = True
ROOT_URLCONF = "tests.compat.example.urls"
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["EXAMPLE_DB"]}}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

_IS_V3 = os.environ["EXAMPLE"] == "v3"
_COMPAT = "tenant_minio.compat.django_minio_backend"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    _COMPAT if _IS_V3 else f"{_COMPAT}.apps.DjangoMinioBackendConfig",
    "tests.compat.example.attachments",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "tests.compat.example.attachments.middleware.HealthCheckMiddleware",
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
STATIC_URL = "/static/"
STATICFILES_DIRS = [Path(__file__).with_name("static")]
STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]

_CLUSTER = {
    "MINIO_ENDPOINT": os.environ["EXAMPLE_ENDPOINT"],
    "MINIO_EXTERNAL_ENDPOINT": os.environ["EXAMPLE_ENDPOINT"],
    "MINIO_EXTERNAL_ENDPOINT_USE_HTTPS": False,
    "MINIO_ACCESS_KEY": os.environ["EXAMPLE_ACCESS_KEY"],
    "MINIO_SECRET_KEY": os.environ["EXAMPLE_SECRET_KEY"],
    "MINIO_USE_HTTPS": False,
    "MINIO_REGION": "us-east-1",
    "MINIO_URL_EXPIRY_HOURS": timedelta(days=1),
    "MINIO_CONSISTENCY_CHECK_ON_START": bool(os.environ.get("EXAMPLE_CHECK_ON_START")),
}
_MEDIA = {
    "MINIO_PRIVATE_BUCKETS": ["example-private", "example-hooked"],
    "MINIO_PUBLIC_BUCKETS": ["example-public"],
    "MINIO_BUCKET_CHECK_ON_SAVE": False,
    "MINIO_POLICY_HOOKS": [
        (
            "example-hooked",
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"AWS": ["*"]},
                        "Action": ["s3:GetObject"],
                        "Resource": ["arn:aws:s3:::example-hooked/open/*"],
                    }
                ],
            },
        )
    ],
}
if _IS_V3:
    globals().update(_CLUSTER, **_MEDIA)
    MINIO_MEDIA_FILES_BUCKET = "example-media"
    MINIO_STATIC_FILES_BUCKET = "example-static"
    STORAGES = {
        "default": {"BACKEND": f"{_COMPAT}.models.MinioBackend"},
        "staticfiles": {"BACKEND": f"{_COMPAT}.models.MinioBackendStatic"},
    }
else:
    MINIO_URL_CACHING_ENABLED = True
    STORAGES = {
        "default": {
            "BACKEND": f"{_COMPAT}.models.MinioBackend",
            "OPTIONS": {
                **_CLUSTER,
                **_MEDIA,
                "MINIO_MULTIPART_UPLOAD": True,
                "MINIO_MULTIPART_THRESHOLD": 10 * 1024 * 1024,
                "MINIO_MULTIPART_PART_SIZE": 10 * 1024 * 1024,
                "MINIO_DEFAULT_BUCKET": "example-media",
            },
        },
        "staticfiles": {
            "BACKEND": f"{_COMPAT}.models.MinioBackendStatic",
            "OPTIONS": {**_CLUSTER, "MINIO_STATIC_FILES_BUCKET": "example-static"},
        },
    }

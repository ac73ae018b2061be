"""Settings of the site that the browser visits; the tests tell the rest by BROWSER_TESTS."""

import json
import os

_told = json.loads(os.environ["BROWSER_TESTS"])

SECRET_KEY = "only for tests"
USE_TZ = True
ALLOWED_HOSTS = [".localhost"]
ROOT_URLCONF = "tests.browser.project.urls"
STATIC_URL = "/static/"
LOGIN_REDIRECT_URL = "/"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# The passwords of two users who live for a minute.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": f"{_told['folder']}/db.sqlite3",
        "OPTIONS": {"timeout": 20},
    }
}
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "tenant_minio",
    "tenant_minio.uploads",
    "tests.browser.project.library",
]
MIDDLEWARE = [
    "tests.browser.project.policy.StrictPolicy",
    "tenant_minio.middleware.TenantMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
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
            ]
        },
    }
]
STORAGES = {
    "default": {
        "BACKEND": "tenant_minio.RoutingStorage",
        "OPTIONS": {"backend": "eu", "bucket": "media", "prefix": "tenants/{tenant}/"},
    },
    "eu": {"BACKEND": "tenant_minio.MinioStorage", "OPTIONS": _told["cluster"]},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
TENANT_MINIO = {
    "RESOLVERS": ["tenant_minio.tenants.resolvers.SubdomainResolver"],
    "BASE_DOMAINS": ["localhost"],
    "TENANTS": "tests.browser.project.library.models.tenants",
    "PASS_THROUGH": ["/static/", "/favicon.ico"],
}
CLUSTER_ORIGIN = f"http://{_told['cluster']['external_endpoint']}"

"""Settings of the vault. Everything that differs between places comes from the environment:

====================  =========================================================
SECRET_KEY            Django's, required
DATABASE_URL          PostgreSQL; TENANT_MINIO_POSTGRES_DSN is read where unset
EU_MINIO_URL          the cluster in Europe, http://ACCESS:SECRET@127.0.0.1:9000
US_MINIO_URL          the cluster in America, likewise
ALLOWED_HOSTS         comma-separated; by default localhost and all below it
DEBUG                 1 shows Django's own error pages
VAULT_MAX_UPLOAD_MB   the largest document, in megabytes of 2^20 bytes; by default 1024
VAULT_DEMO_LOGINS     JSON, {"acme": ["ada", "her password"]}: shown on the landing page
====================  =========================================================
"""

import os
from pathlib import Path

from example_saas import environment

SECRET_KEY = environment.required("SECRET_KEY", "a long random string")
DEBUG = environment.flag("DEBUG")
ALLOWED_HOSTS = os.environ.get("ALLOWED_HOSTS", ".localhost,127.0.0.1").split(",")

# --- Customers: one schema each -------------------------------------------------------------
DATABASES = {"default": environment.database("DATABASE_URL", "TENANT_MINIO_POSTGRES_DSN")}
DATABASE_ROUTERS = ["django_tenants.routers.TenantSyncRouter"]
TENANT_MODEL = "customers.Customer"
TENANT_DOMAIN_MODEL = "customers.Domain"

SHARED_APPS = [
    "django_tenants",
    "example_saas.customers",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "tenant_minio",
    "tenant_minio.uploads",
]
# Users and sessions are here and not above: an account exists for one customer only.
TENANT_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "example_saas.vault",
]
# The admin before django-tenants, whose templates for it have styles that our policy refuses.
INSTALLED_APPS = [*TENANT_APPS, *(app for app in SHARED_APPS if app not in TENANT_APPS)]

# --- Files: which cluster, which bucket, which prefix ---------------------------------------
EU = environment.Cluster.from_env("EU_MINIO_URL")
US = environment.Cluster.from_env("US_MINIO_URL")

STORAGES = {
    "default": {
        "BACKEND": "tenant_minio.RoutingStorage",
        "OPTIONS": {
            "backend": "eu",
            "bucket": "vault",
            "prefix": "tenants/{tenant}/",
            "routes": {"acme": {"backend": "us", "bucket": "acme-vault", "prefix": ""}},
        },
    },
    "eu": {"BACKEND": "tenant_minio.MinioStorage", "OPTIONS": EU.options},
    "us": {"BACKEND": "tenant_minio.MinioStorage", "OPTIONS": US.options},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
VAULT_MAX_UPLOAD_BYTES = environment.integer("VAULT_MAX_UPLOAD_MB", 1024) * 1024 * 1024
TENANT_MINIO = {
    "CURRENT": "tenant_minio.contrib.django_tenants.current_schema",
    "TENANTS": "tenant_minio.contrib.django_tenants.all_schemas",
    "ENTER": "tenant_minio.contrib.django_tenants.enter",
    "PRIVATE": {
        "PERMISSION": "example_saas.vault.rules.may_read",
        # Seconds that a browser has to begin a download.
        "URL_EXPIRY": 300,
    },
    "UPLOADS": {
        "MAX_FILE_SIZE": VAULT_MAX_UPLOAD_BYTES,
        "HOOK": "example_saas.vault.scanning.scan",
    },
}

# --- Pages ----------------------------------------------------------------------------------
ROOT_URLCONF = "example_saas.urls"
PUBLIC_SCHEMA_URLCONF = "example_saas.customers.urls"
WSGI_APPLICATION = "example_saas.wsgi.application"
ASGI_APPLICATION = "example_saas.asgi.application"
STATIC_URL = "/static/"

MIDDLEWARE = [
    # First: it finds the customer by host name and sets the connection's schema.
    "django_tenants.middleware.main.TenantMainMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "example_saas.vault.middleware.PrivatePagesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "example_saas.vault.middleware.StorageUnavailableMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).parent / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "example_saas.vault.context_processors.customer",
            ],
        },
    },
]
USE_TZ = True
TIME_ZONE = "UTC"

# --- Signing in -----------------------------------------------------------------------------
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "documents"
LOGOUT_REDIRECT_URL = "sign-in"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
# Cookies carry no Domain, so a browser sends acme.localhost's to no other host. They do ignore
# the port: names of our own keep other projects on localhost apart.
SESSION_COOKIE_NAME = "vault_session"
CSRF_COOKIE_NAME = "vault_csrf"
# Sessions are tables of a customer; the landing page, which has none, can show messages too.
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"
DEMO_LOGINS = environment.logins("VAULT_DEMO_LOGINS")

# Pages may show thumbnails and PDFs from the clusters, and load nothing else from elsewhere.
CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",  # the upload field's and the admin's
        "style-src 'self'",
        f"img-src 'self' {EU.origin} {US.origin}",
        "media-src 'self'",
        f"frame-src {EU.origin} {US.origin}",
        f"connect-src 'self' {EU.origin} {US.origin}",  # uploads
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    # A page that is not found is nobody's fault here, and no news for a log.
    "loggers": {"django.request": {"level": "ERROR"}},
}

"""Settings of the test suite. Servers and databases are filled in by fixtures."""

SECRET_KEY = "only for tests"
USE_TZ = True
ALLOWED_HOSTS = [".localhost", "testserver"]
ROOT_URLCONF = "tests.project.urls"
PUBLIC_SCHEMA_URLCONF = "tests.project.urls"

SHARED_APPS = [
    "django_tenants",
    "tests.project.customers",
    "tests.project.papers",
    "django.contrib.contenttypes",
    "tenant_minio",
    "tenant_minio.uploads",
]
TENANT_APPS = ["tests.project.docs", "tests.project.papers", "django.contrib.contenttypes"]
INSTALLED_APPS = [*SHARED_APPS, "tests.project.docs", "django.contrib.staticfiles"]
STATIC_URL = "static/"
TENANT_MODEL = "customers.Customer"
TENANT_DOMAIN_MODEL = "customers.Domain"
DATABASE_ROUTERS = ["django_tenants.routers.TenantSyncRouter"]
DATABASES = {
    "default": {
        "ENGINE": "django_tenants.postgresql_backend",
        "NAME": "tenant_minio",
        "TEST": {"NAME": "test_tenant_minio"},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Tests of the storages choose their own; this is what models bind to when they load.
STORAGES = {
    "default": {
        "BACKEND": "tenant_minio.RoutingStorage",
        "OPTIONS": {"backend": "eu", "bucket": "media", "prefix": "tenants/{tenant}/"},
    },
    "eu": {"BACKEND": "tenant_minio.MemoryStorage"},
    "us": {"BACKEND": "tenant_minio.MemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

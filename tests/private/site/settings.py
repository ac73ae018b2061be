"""Settings; ``SITE`` holds STORAGES and ``TENANT_MINIO["PRIVATE"]`` as JSON."""

import json
import os

_given = json.loads(os.environ["SITE"])

SECRET_KEY = "only for tests"
USE_TZ = True
ALLOWED_HOSTS = [".localhost"]
ROOT_URLCONF = "tests.private.site.urls"
INSTALLED_APPS = ["tenant_minio"]
MIDDLEWARE = [
    "tenant_minio.middleware.TenantMiddleware",
    "tests.private.site.users.UserMiddleware",
]
STORAGES = _given["storages"]
TENANT_MINIO = {
    "RESOLVERS": ["tenant_minio.tenants.resolvers.SubdomainResolver"],
    "BASE_DOMAINS": ["localhost"],
    "PRIVATE": {"PERMISSION": "tests.private.site.users.may", **_given["private"]},
}

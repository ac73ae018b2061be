"""collectstatic with django-tenants: the connection's schema is the tenant."""

from typing import Any

import pytest
from django.core.files.storage import storages
from django.core.management import call_command
from django_tenants.utils import schema_context

from tests.conftest import MEMORY
from tests.contrib.test_django_tenants import SETTINGS
from tests.staticfiles.conftest import FILES, collect, contents, sources

pytestmark = pytest.mark.django_db
__all__ = ["sources"]


@pytest.fixture(autouse=True)
def _static(settings: Any, use_storages: Any, schemas: list[str], sources: Any) -> None:
    settings.TENANT_MINIO = SETTINGS
    options = {"backend": "eu", "bucket": "static", "prefix": "{tenant}/"}
    backend = "tenant_minio.RoutingStaticStorage"
    use_storages(staticfiles={"BACKEND": backend, "OPTIONS": options}, eu=MEMORY)


def test_the_schema_s_tenant_is_filled() -> None:
    with schema_context("acme"):
        collect()
    call_command("tenant_command", "collectstatic", "--noinput", "-v0", schema_name="globex")
    for key in ("acme", "globex"):
        assert set(contents(storages["staticfiles"].for_tenant(key))) == set(FILES)


def test_all_schemas_are_filled() -> None:
    assert f"{2 * len(FILES)} static files copied" in collect("--all-tenants")
    for key in ("acme", "globex"):
        assert set(contents(storages["staticfiles"].for_tenant(key))) == set(FILES)

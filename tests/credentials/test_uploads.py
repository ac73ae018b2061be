"""Whoever uploads reads nothing by it, whatever key signs what the browser holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import pytest
from django.core.files.base import ContentFile
from minio import Minio

from tenant_minio import use_tenant
from tenant_minio.uploads.targets import Target
from tests.conftest import bucket_name
from tests.uploads.browser import Browser
from tests.uploads.conftest import MIDDLEWARE, keys
from tests.uploads.test_part_urls import SECRET, steal

from .conftest import Users, own_key


def put_secrets(storage: Any, judge: Minio, elsewhere: str) -> list[str]:
    """Files that ann of acme may not read, as sources of copies."""
    sources = []
    for tenant, name in (("acme", "boss-only.txt"), ("globex", "salaries.txt")):
        with use_tenant(tenant):
            storage.save(name, ContentFile(SECRET))
            location = storage.locate()
            sources.append(f"/{location.route.bucket}/{location.key(name)}")
    judge.put_object(bucket_name=elsewhere, object_name="dump.sql", data=BytesIO(SECRET), length=6)
    return [*sources, f"/{elsewhere}/dump.sql"]


@pytest.fixture
def elsewhere(judge: Minio) -> Iterator[str]:
    """A bucket that no storage has."""
    name = bucket_name()
    judge.make_bucket(bucket_name=name)
    yield name
    judge.remove_object(bucket_name=name, object_name="dump.sql")
    judge.remove_bucket(bucket_name=name)


@pytest.mark.parametrize("signs", ["root", "own", "tenant"])
def test_nobody_reads_a_file_by_uploading_on_minio(
    signs: str,
    users: Users,
    bucket: str,
    routed_with: Callable[..., Any],
    minio_server: Any,
    judge: Minio,
    elsewhere: str,
    override: Callable[..., None],
) -> None:
    override(
        ROOT_URLCONF="tests.uploads.urls",
        SESSION_ENGINE="django.contrib.sessions.backends.cache",
        MIDDLEWARE=MIDDLEWARE,
        TENANT_MINIO={
            "RESOLVERS": ["tenant_minio.tenants.resolvers.SubdomainResolver"],
            "BASE_DOMAINS": ["localhost"],
            "UPLOADS": {"FORM_MAX_SIZE": 0},
        },
    )
    options: dict[str, Any] = {
        "access_key": minio_server.access_key,
        "secret_key": minio_server.secret_key,
    }
    if signs != "root":
        options = {**own_key(users.add(bucket, f"{bucket}/*")), "credentials": "sts"}
        options |= {"url_credentials": signs, "sts_duration": 4500}
    storage = routed_with(**options)
    browser = Browser(Target.of_storage("default"))
    for source in put_secrets(storage, judge, elsewhere):
        steal(browser, source)
    with use_tenant("acme"):
        assert not [name for name in keys(storage, ".tm-staging/") if name.endswith(".probe")]

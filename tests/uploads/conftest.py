"""Uploads as a browser makes them, against real servers and in memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tenant_minio.storage.staged import StagedFile
from tenant_minio.storage.staging import StagingLocation, new_upload
from tenant_minio.uploads.targets import Target
from tests.uploads.browser import Browser

MIDDLEWARE = [
    "tenant_minio.middleware.TenantMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "tests.uploads.middleware.UserMiddleware",
]
MIN_PART = 5 * 1024 * 1024


def stage(storage: Any, data: bytes, name: str = "plan.txt") -> StagedFile:
    """A confirmed upload, put there without a browser."""
    place = StagingLocation.of(storage.locate())
    upload = new_upload()
    place.put(f"{upload}.parts", data, {"content-type": "text/plain"})
    etag = place.head(f"{upload}.parts").etag
    return StagedFile(
        place,
        upload=upload,
        staged=f"{upload}.parts",
        etag=etag,
        name=name,
        size=len(data),
        content_type="text/plain",
    )


def keys(storage: Any, prefix: str = "") -> list[str]:
    """All that is on the cluster, staged or not."""
    location = storage.locate()
    return [
        one.key.removeprefix(location.route.prefix)
        for page in location.backend.walk(location.route.bucket, location.route.prefix + prefix)
        for one in page.objects
    ]


@pytest.fixture
def uploads(override: Callable[..., None]) -> Callable[..., None]:
    """Put settings into TENANT_MINIO["UPLOADS"]."""

    def put(**given: Any) -> None:
        override(
            TENANT_MINIO={
                "RESOLVERS": ["tenant_minio.tenants.resolvers.SubdomainResolver"],
                "BASE_DOMAINS": ["localhost"],
                "UPLOADS": given,
            }
        )

    return put


@pytest.fixture
def site(routed: Any, override: Callable[..., None], uploads: Callable[..., None]) -> Any:
    """A project whose tenants upload by themselves, and its storage, on each kind of cluster."""
    override(
        ROOT_URLCONF="tests.uploads.urls",
        SESSION_ENGINE="django.contrib.sessions.backends.cache",
        MIDDLEWARE=MIDDLEWARE,
    )
    uploads()
    return routed


@pytest.fixture
def browser(site: Any) -> Browser:
    """Ann's, of acme."""
    return Browser(Target.of_storage(site))


@pytest.fixture
def in_parts(site: Any, uploads: Callable[..., None]) -> int:
    """Send all files by parts of the least size."""
    uploads(FORM_MAX_SIZE=0, PART_SIZE=MIN_PART)
    return MIN_PART


@pytest.fixture
def small_copies(monkeypatch: pytest.MonkeyPatch) -> int:
    """Copy by parts of the least size that S3 takes."""
    monkeypatch.setattr("tenant_minio.storage.staged._COPIED_PART", 5 * 1024 * 1024)
    return 5 * 1024 * 1024

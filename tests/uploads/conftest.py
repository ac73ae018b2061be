"""Uploads as a browser makes them, against real servers and in memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.storage import storages

from tenant_minio.backends.base import NONE
from tenant_minio.storage.staged import StagedFile
from tenant_minio.storage.staging import StagingLocation, new_upload
from tenant_minio.uploads.targets import Target
from tests.conftest import entry
from tests.uploads.browser import Browser

MIDDLEWARE = [
    "tenant_minio.middleware.TenantMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "tests.uploads.middleware.UserMiddleware",
]
MIN_PART = 5 * 1024 * 1024
KEY = "t/ä b+c/%41.txt"


class Place:
    """A bucket on a cluster."""

    def __init__(self, storage: Any) -> None:
        location = storage.locate()
        self.backend = location.backend
        self.bucket = location.route.bucket

    def form(self, key: str = KEY, size: int = 5, **options: Any) -> Any:
        given = {"content_type": "text/plain", "expires": 600, "headers": NONE, **options}
        return self.backend.upload_form(self.bucket, key, size=size, **given)

    def put(self, key: str, data: bytes) -> str:
        self.backend.put(self.bucket, key, data, {"content-type": "text/old", "x-amz-meta-a": "b"})
        return str(self.backend.head(self.bucket, key).etag)

    def read(self, key: str) -> bytes:
        return bytes(self.backend.get_window(self.bucket, key, 0, 100 * 1024 * 1024)[1])


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


@pytest.fixture(params=["minio", "versitygw"])
def served(
    request: pytest.FixtureRequest,
    use_storages: Callable[..., None],
    new_bucket: Callable[[str], str],
) -> Place:
    """Each kind of cluster that a browser can reach."""
    server = request.getfixturevalue(f"{request.param}_server")
    use_storages(plain=entry(server))
    bucket = new_bucket("plain")
    use_storages(plain=entry(server, bucket=bucket))
    return Place(storages["plain"])

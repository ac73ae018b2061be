"""Uploads as a browser makes them, against real servers and in memory."""

from __future__ import annotations

from typing import Any

import pytest

from tenant_minio.storage.staged import StagedFile
from tenant_minio.storage.staging import StagingLocation, new_upload


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
def small_copies(monkeypatch: pytest.MonkeyPatch) -> int:
    """Copy by parts of the least size that S3 takes."""
    monkeypatch.setattr("tenant_minio.storage.staged._COPIED_PART", 5 * 1024 * 1024)
    return 5 * 1024 * 1024

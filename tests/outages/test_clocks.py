"""A clock that is wrong is named, whatever the request."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.test import override_settings
from minio import time as minio_time

from tenant_minio.exceptions import PermissionDeniedError
from tests.conftest import entry
from tests.outages.scene import LARGE, SMALL, Scene


@pytest.mark.parametrize("minutes", [20, -20])
def test_a_clock_that_is_twenty_minutes_off(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, minutes: int
) -> None:
    """The client's, which requests are signed by; a HEAD is refused without a reason."""
    storage = scene.storage
    scene.save("old", SMALL)
    real = minio_time.utcnow
    with monkeypatch.context() as patch:
        patch.setattr(minio_time, "utcnow", lambda: real() + timedelta(minutes=minutes))
        for call in (
            lambda: storage.exists("old"),
            lambda: storage.exists(""),
            lambda: storage.size("old"),
            lambda: storage.open("old"),
            lambda: storage.listdir(""),
            lambda: storage.delete("old"),
            lambda: storage.save("new", ContentFile(SMALL)),
            lambda: storage.save("new", ContentFile(LARGE)),
        ):
            with pytest.raises(PermissionDeniedError, match=r"plain:.*[Cc]locks"):
                call()
        assert "clocks" in scene.health()
    scene.assert_sound()
    assert set(scene.objects()) == {"old", "after"}


def test_a_right_clock_is_not_blamed(scene: Scene) -> None:
    given = entry(scene.server, bucket=scene.bucket, secret_key="wrong-secret")
    with override_settings(STORAGES={"plain": given}):
        with pytest.raises(PermissionDeniedError) as caught:
            storages["plain"].exists("old")
        assert "clocks" not in str(caught.value)

"""VersityGW keeps objects as files: a name is a file or a directory, however large the file is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from tenant_minio import registry
from tenant_minio.backends.circuit import State
from tenant_minio.backends.write_options import MIN_PART
from tenant_minio.exceptions import ObjectExistsError
from tests.conftest import entry

LARGE = b"x" * (MIN_PART + 1)


@pytest.fixture
def versitygw(
    versitygw_server: Any, use_storages: Callable[..., None], new_bucket: Callable[[str], str]
) -> Any:
    use_storages(us=entry(versitygw_server))
    bucket = new_bucket("us")
    options = {"multipart_threshold": MIN_PART, "part_size": MIN_PART, "breaker_reset": 3600}
    use_storages(us=entry(versitygw_server, bucket=bucket, **options))
    return storages["us"]


def test_a_large_file_takes_no_directorys_name(versitygw: Any) -> None:
    """VersityGW answers 500 to the completion, as often as a tenant likes."""
    versitygw.save("dir/f", ContentFile(b"1"))
    for _ in range(6):
        with pytest.raises(ObjectExistsError, match="'dir'"):
            versitygw._save("dir", ContentFile(LARGE))
    assert registry["us"].breakers.writes.state is State.CLOSED
    assert registry["us"].breakers.writes.status().failures == 0
    assert versitygw.open("dir/f").read() == b"1"


def test_a_large_file_of_a_directorys_name_is_saved_under_another(versitygw: Any) -> None:
    versitygw.save("dir/f", ContentFile(b"1"))
    name = versitygw.save("dir", ContentFile(LARGE))
    assert name != "dir"
    assert versitygw.open(name).read() == LARGE

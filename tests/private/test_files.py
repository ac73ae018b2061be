"""What is told of a private file is the same wherever it is, and costs one request."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile

from tenant_minio import use_tenant
from tenant_minio.backends.base import ByteRange
from tenant_minio.exceptions import NoTenantError
from tenant_minio.private import PrivateFile

from .conftest import MEMBER, asking

DATA = bytes(range(256)) * 100


def private(storage: Any, name: str) -> PrivateFile:
    return PrivateFile(asking(MEMBER), storage, name)


def test_file_tells_size_time_type_and_etag(storage: Any) -> None:
    name = storage.save("docs/plan.pdf", ContentFile(DATA))
    file = private(storage, name)
    assert file.exists()
    assert file.size == len(DATA)
    assert file.content_type == "application/pdf"
    assert file.etag.startswith('"')
    assert abs(datetime.now(UTC) - file.modified_time) < timedelta(hours=1)
    with file.open() as opened:
        assert opened.read() == DATA


def test_etag_changes_with_the_content(storage: Any) -> None:
    first = private(storage, storage.save("a.txt", ContentFile(b"one"))).etag
    second = private(storage, storage.save("b.txt", ContentFile(b"other"))).etag
    assert first != second


@pytest.mark.parametrize("name", ["", "nothing.txt", "a.txt/below", "x" * 300])
def test_what_is_not_there_does_not_exist(storage: Any, name: str) -> None:
    storage.save("a.txt", ContentFile(b"x"))
    assert not private(storage, name).exists()


@pytest.mark.parametrize("name", ["../a.txt", "/etc/passwd", "a\0.txt", "docs/../../a.txt"])
def test_name_that_leads_elsewhere_does_not_exist(storage: Any, name: str) -> None:
    assert not private(storage, name).exists()


def test_folder_is_no_file(local: Any) -> None:
    local.save("docs/plan.pdf", ContentFile(DATA))
    assert not private(local, "docs").exists()
    with pytest.raises(FileNotFoundError):
        private(local, "docs").open_part()


@pytest.mark.parametrize(
    ("wanted", "start", "end"),
    [
        (None, 0, 25_600),
        (ByteRange(10, 19), 10, 20),
        (ByteRange(None, 5), 25_595, 25_600),
        (ByteRange(30_000, None), 25_600, 25_600),
    ],
)
def test_part_is_what_was_wanted_and_tells_of_the_whole(
    storage: Any, wanted: ByteRange | None, start: int, end: int
) -> None:
    name = storage.save("a.bin", ContentFile(DATA))
    file = private(storage, name)
    part = file.open_part(wanted)
    assert (part.start, part.end) == (start, end)
    assert b"".join(iter(lambda: part.read(7000), b"")) == DATA[start:end]
    part.close()
    # By the same words as without reading.
    assert file.facts == part.facts == private(storage, name).facts


def test_part_of_a_local_file_that_is_cut_short_is_an_error(local: Any) -> None:
    name = local.save("a.bin", ContentFile(DATA))
    part = private(local, name).open_part()
    assert part.read(1000) == DATA[:1000]
    Path(local.path(name)).write_bytes(b"")
    with pytest.raises(OSError, match="bytes early"):
        list(iter(lambda: part.read(20_000), b""))
    part.close()


def test_file_belongs_to_the_tenant_of_the_request_or_of_its_storage(memory: Any) -> None:
    with use_tenant("acme"):
        name = memory.save("a.txt", ContentFile(b"acme's"))
        assert private(memory, name).tenant == "acme"
        assert private(memory, name).exists()
    with use_tenant("globex"):
        assert not private(memory, name).exists()
        assert private(memory.for_tenant("acme"), name).tenant == "acme"
    assert private(memory, name).tenant is None
    with pytest.raises(NoTenantError):
        private(memory, name).exists()


def test_path_is_known_of_local_files_only(local: Any, memory: Any) -> None:
    assert private(local, "a.txt").full_path == local.path("a.txt")
    with pytest.raises(NotImplementedError):
        _ = private(memory, "a.txt").full_path

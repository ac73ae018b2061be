"""A file whose name is another's folder: S3 has no folders, and servers that keep files have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from tenant_minio import registry
from tenant_minio.exceptions import ObjectExistsError
from tests.conftest import MEMORY, entry

LARGE = 8 * 2**20 + 1


@pytest.fixture(params=["versitygw", "memory"])
def strict(
    request: pytest.FixtureRequest,
    use_storages: Callable[..., None],
    new_bucket: Callable[[str], str],
) -> Any:
    """A plain storage on each kind of cluster where a name is a file or a folder, never both."""
    cluster = MEMORY
    if request.param == "versitygw":
        cluster = entry(request.getfixturevalue("versitygw_server"))
    use_storages(plain=cluster)
    name = new_bucket("plain")
    use_storages(plain={**cluster, "OPTIONS": {**cluster["OPTIONS"], "bucket": name}})
    return storages["plain"]


def test_a_name_that_is_a_folder_is_taken(strict: Any) -> None:
    strict.save("docs/a.txt", ContentFile(b"1"))
    name = strict.save("docs", ContentFile(b"2"))
    assert name.startswith("docs_")
    assert strict.open(name).read() == b"2"
    assert strict.listdir("") == (["docs"], [name])
    assert strict.listdir("docs") == ([], ["a.txt"])


@pytest.mark.parametrize("size", [1, LARGE])
def test_a_name_below_a_file_is_refused_at_once(
    strict: Any, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No other name in that folder could be taken either, so none is tried."""
    tried: list[str] = []
    own = type(strict).get_alternative_name
    monkeypatch.setattr(
        type(strict),
        "get_alternative_name",
        lambda storage, *parts: tried.append(parts) or own(storage, *parts),
    )
    strict.save("docs", ContentFile(b"1"))
    for name in ("docs/a.txt", "docs/2026/a.txt"):
        with pytest.raises(ObjectExistsError, match="a directory of its name is a file"):
            strict.save(name, ContentFile(b"x" * size))
    assert tried == []
    assert strict.listdir("") == ([], ["docs"])
    assert not strict.exists("docs/a.txt")
    backend = registry["plain"]
    found = backend.open_uploads(strict.locate().route.bucket)
    assert [one.uploads for one in found] == [()]


def test_no_way_of_writing_puts_a_file_and_a_folder_in_one_place(strict: Any) -> None:
    strict.save("docs/a.txt", ContentFile(b"1"))
    for name in ("docs", "docs/a.txt/b.txt"):
        file = strict.open(name, "wb")
        file.write(b"2")
        with pytest.raises(FileExistsError):
            file.close()
        with pytest.raises(FileExistsError):
            strict._save(name, ContentFile(b"2"))
    assert strict.listdir("") == (["docs"], [])
    assert strict.open("docs/a.txt").read() == b"1"


def test_a_folder_is_gone_with_its_last_file(strict: Any) -> None:
    strict.save("docs/2026/a.txt", ContentFile(b"1"))
    strict.delete("docs/2026/a.txt")
    assert strict.save("docs", ContentFile(b"2")) == "docs"
    strict.delete("docs")
    assert strict.save("docs/a.txt", ContentFile(b"3")) == "docs/a.txt"


def test_names_that_only_begin_alike_are_no_folders(strict: Any) -> None:
    for name in ("docs/a.txt", "doc", "docs.txt", "docs-1/a.txt"):
        assert strict.save(name, ContentFile(b"1")) == name


def test_minio_takes_both_and_lists_what_is_below_no_more(
    minio: dict[str, Any], use_storages: Callable[..., None], new_bucket: Callable[[str], str]
) -> None:
    """What the documentation warns of: the files are there for whoever knows their names."""
    use_storages(plain=minio)
    bucket = new_bucket("plain")
    use_storages(plain={**minio, "OPTIONS": {**minio["OPTIONS"], "bucket": bucket}})
    storage = storages["plain"]
    storage.save("docs/a.txt", ContentFile(b"1"))
    assert storage.save("docs", ContentFile(b"2")) == "docs"
    assert storage.listdir("") == ([], ["docs"])
    assert storage.listdir("docs") == ([], [])
    [page] = registry["plain"].walk(bucket, "")
    assert [one.key for one in page.objects] == ["docs"]
    assert storage.open("docs/a.txt").read() == b"1"
    storage.delete("docs")
    assert storage.listdir("docs") == ([], ["a.txt"])
    storage.delete("docs/a.txt")

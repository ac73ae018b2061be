"""A confirmed upload is read as any file, copied by its cluster, and saved once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, storages

from tenant_minio import MinioStorage, use_tenant
from tenant_minio.backends.base import Backend
from tenant_minio.exceptions import (
    ObjectChangedError,
    ObjectExistsError,
    TenantMismatchError,
    UnsafeNameError,
    UploadRefusedError,
)
from tenant_minio.storage.staging import StagingLocation
from tenant_minio.testing import assert_no_leak
from tests.uploads.conftest import keys, stage

NOT_SEEN = pytest.mark.parametrize("data", [b"the plan", b""], ids=["some", "empty"])


def operations(save: Callable[[], object]) -> list[str]:
    """What is asked of clusters meanwhile."""
    with assert_no_leak("acme", "acme2") as seen:
        save()
    return [one.operation for one in seen]


@NOT_SEEN
def test_saving_copies_on_the_cluster(plain: Any, data: bytes) -> None:
    file = stage(plain, data)
    done = operations(lambda: plain.save("docs/plan.txt", file))
    assert "copy_part" in done
    assert not {"put_part", "get_window", "get_rest"} & {*done}
    with plain.open("docs/plan.txt") as saved:
        assert saved.read() == data
    assert keys(plain) == ["docs/plan.txt"]


def test_a_copy_is_written_as_the_storage_says(plain: Any) -> None:
    class Own(MinioStorage):
        def object_headers(self, name: str) -> dict[str, str]:
            return {"Cache-Control": "private"}

        def write_options(self, backend_alias: str) -> Any:
            return super().write_options(backend_alias).over(metadata={"by": "form"})

    own = plain._bound()
    own.__class__ = type("Own", (Own, type(plain)), {})
    own.save("plan.txt", stage(own, b"1"))
    stat = own.stat("plan.txt")
    assert (stat.content_type, stat.metadata["by"]) == ("text/plain", "form")
    assert stat.headers["cache-control"] == "private"


def test_a_large_one_is_copied_in_parts(plain: Any, small_copies: int) -> None:
    data = b"ab" * small_copies + b"end"
    file = stage(plain, data)
    done = operations(lambda: plain.save("big.bin", file))
    assert done.count("copy_part") == 2 * 3  # each names two keys
    assert plain.open("big.bin").read() == data


def test_a_taken_name_gets_another_and_is_not_replaced(plain: Any, small_copies: int) -> None:
    plain.save("plan.txt", ContentFile(b"old"))
    for data in (b"new", b"x" * (small_copies + 1)):
        name = plain.save("plan.txt", stage(plain, data))
        assert name != "plan.txt"
        assert plain.open(name).read() == data
    assert plain.open("plan.txt").read() == b"old"


def test_two_that_are_saved_at_once_get_two_names(plain: Any) -> None:
    files = [stage(plain, str(number).encode()) for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        names = list(pool.map(lambda file: plain.save("plan.txt", file), files))
    assert len({*names}) == 8
    assert [plain.open(name).read() for name in names] == [b"%d" % one for one in range(8)]


def test_one_is_saved_once(plain: Any) -> None:
    file = stage(plain, b"1")
    plain.save("a.txt", file)
    with pytest.raises(UploadRefusedError, match="not there any more"):
        plain.save("b.txt", file)
    assert keys(plain) == ["a.txt"]
    assert file.read() == b"1"


def test_one_that_is_saved_at_once_by_many_is_saved_once(plain: Any) -> None:
    file = stage(plain, b"1")

    def save(number: int) -> str:
        try:
            return str(plain.save(f"{number}.txt", file))
        except UploadRefusedError:
            return ""

    with ThreadPoolExecutor(8) as pool:
        saved = [name for name in pool.map(save, range(8)) if name]
    assert len(saved) == 1
    assert keys(plain) == saved


def test_one_that_was_replaced_meanwhile_is_not_saved(plain: Any) -> None:
    file = stage(plain, b"clean")
    file.place.put(file.staged, b"evil!", {})
    with pytest.raises(UploadRefusedError, match="replaced"):
        plain.save("a.txt", file)
    assert not plain.exists("a.txt")
    assert not [key for key in keys(plain) if key.endswith(".used")]


def test_one_whose_save_failed_can_be_saved_again(plain: Any, monkeypatch: Any) -> None:
    file = stage(plain, b"1")

    def fail(*_args: Any, **_kwargs: Any) -> None:
        raise ObjectExistsError("a test")

    with monkeypatch.context() as patch:
        patch.setattr(type(plain.locate().backend), "complete_upload", fail)
        with pytest.raises(ObjectExistsError):
            plain.save("a.txt", file)
    assert plain.save("a.txt", file) == "a.txt"
    assert keys(plain) == ["a.txt"]


def test_it_is_read_as_any_upload(plain: Any) -> None:
    data = bytes(range(256)) * 3000
    file = stage(plain, data)
    assert (file.name, file.size, file.content_type, len(file)) == (
        "plan.txt",
        len(data),
        "text/plain",
        len(data),
    )
    assert file.closed
    assert file.read(3) == data[:3]
    assert not file.closed
    assert b"".join(file.chunks()) == data
    file.seek(100)
    assert file.read(10) == data[100:110]
    file.close()
    assert file.closed
    with file.open() as opened:
        assert opened.read() == data
    assert stage(plain, b"", name="../../x/evil.txt").name == "evil.txt"


def test_what_is_read_is_what_was_confirmed(plain: Any) -> None:
    file = stage(plain, b"clean")
    file.place.put(file.staged, b"evil!", {})
    with pytest.raises(ObjectChangedError):
        file.read()


def test_a_storage_that_transforms_reads_it(plain: Any) -> None:
    class Upper(MinioStorage):
        def _save(self, name: str, content: Any) -> str:
            return super()._save(name, ContentFile(content.read().upper()))

    own = plain._bound()
    own.__class__ = type("Own", (Upper, type(plain)), {})
    own.save("a.txt", stage(own, b"abc"))
    assert plain.open("a.txt").read() == b"ABC"
    assert keys(plain) == ["a.txt"]


def test_an_option_that_no_copy_obeys_streams(plain: Any) -> None:
    class Whole(MinioStorage):
        def write_options(self, backend_alias: str) -> Any:
            return super().write_options(backend_alias).over(**self.given)

    own = plain._bound()
    own.__class__ = type("Own", (Whole, type(plain)), {})
    for given in ({"multipart": False}, {"checksum": "CRC32"}):
        own.given = given
        file = stage(own, b"abc")
        done = operations(lambda file=file: own.save("a.txt", file))
        assert not {"copy", "copy_part"} & {*done}
    assert len(keys(plain)) == 2


def test_another_bucket_or_package_streams(
    plain: Any, use_storages: Any, new_bucket: Callable[[str], str], tmp_path: Any
) -> None:
    bucket = new_bucket("plain")
    entry = settings.STORAGES["plain"]
    other = {**entry, "OPTIONS": {**entry["OPTIONS"], "private_buckets": [bucket]}}
    use_storages(plain=other)
    storage = storages["plain"]
    file = stage(storage, b"abc")
    assert storage.for_bucket(bucket).save("a.txt", file) == "a.txt"
    assert storage.for_bucket(bucket).open("a.txt").read() == b"abc"
    assert keys(storage) == []
    local = FileSystemStorage(tmp_path)
    assert local.save("b.txt", stage(storage, b"abc")) == "b.txt"
    with local.open("b.txt") as saved:
        assert saved.read() == b"abc"


def test_a_tenant_cannot_save_what_another_has_uploaded(routed: Any) -> None:
    with use_tenant("acme"):
        file = stage(routed, b"1")
    with use_tenant("acme2"), pytest.raises(TenantMismatchError, match="'acme'"):
        routed.save("a.txt", file)
    with use_tenant("acme2"):
        assert routed.listdir("") == ([], [])
    with use_tenant("acme"), assert_no_leak("acme"):
        assert routed.save("a.txt", file) == "a.txt"


def test_no_name_reaches_what_is_staged(routed: Any) -> None:
    with use_tenant("acme"):
        file = stage(routed, b"1")
        key = f".tm-staging/{file.staged}"
        for call in (routed.open, routed.exists, routed.delete, routed.url, routed.size):
            for name in (key, key.upper(), key.replace("-", "%2d")):
                with pytest.raises(UnsafeNameError, match="kept for uploads"):
                    call(name)
        with pytest.raises(UnsafeNameError):
            routed.listdir(".tm-staging")
        assert routed.listdir("") == ([], [])
        routed.save("a.txt", ContentFile(b"1"))
        assert routed.listdir("") == ([], ["a.txt"])


@pytest.mark.parametrize("name", ["", "../x", "x", "0" * 31, "0" * 32 + "./../x", "0" * 32 + ".x"])
def test_staging_takes_no_names_but_its_own(plain: Any, name: str) -> None:
    place = StagingLocation.of(plain.locate())
    with pytest.raises(UnsafeNameError, match="no upload"):
        place.head(name)


def test_a_copy_is_seen_on_both_sides(routed: Any) -> None:
    with use_tenant("acme"):
        file = stage(routed, b"1")
        with assert_no_leak("acme") as seen:
            routed.save("a.txt", file)
    copied = {one.key for one in seen if one.operation == "copy_part"}
    assert copied == {file.place.key(file.staged), "tenants/acme/a.txt"}
    assert isinstance(file.place.backend, Backend)

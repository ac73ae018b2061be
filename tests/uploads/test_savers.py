"""An upload is saved once, and can be saved again where the one who saved it did not get there."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from tenant_minio import MinioStorage
from tenant_minio.exceptions import ObjectNotFoundError, UploadRefusedError
from tenant_minio.storage import saver
from tenant_minio.storage.location import Location
from tenant_minio.storage.saver import Mark
from tenant_minio.storage.staged import StagedFile
from tests.uploads.conftest import keys, stage


class Killed(BaseException):
    """Of a process: nothing is tidied up."""


def again(file: StagedFile) -> StagedFile:
    """What another request makes of the same value."""
    return StagedFile(
        file.place,
        upload=file.upload,
        staged=file.staged,
        etag=file.etag,
        name=str(file.name),
        size=int(file.size or 0),
        content_type=str(file.content_type),
    )


def code(save: Callable[[], object]) -> str:
    """Why a save is refused."""
    with pytest.raises(UploadRefusedError) as caught:
        save()
    return caught.value.code


@pytest.fixture
def lease_ends(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Make the first mark of each upload look like one that nobody has renewed."""

    def end() -> None:
        monkeypatch.setattr(Mark, "is_alive", property(lambda self: self.number > 0))

    return end


def die(storage: Any, name: str, file: StagedFile, step: str, *, after: bool) -> None:
    """Save, and be killed before or after a step of it."""
    whole = getattr(Location, step)

    def killed(self: Location, *args: Any, **kwargs: Any) -> Any:
        if after:
            whole(self, *args, **kwargs)
        raise Killed

    def too_late(*_args: Any, **_kwargs: Any) -> None:
        raise Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Location, step, killed)
        patch.setattr(Location, "delete", too_late)
        patch.setattr(Location, "abort_upload", too_late)
        with pytest.raises(Killed):
            storage.save(name, file)


@pytest.mark.parametrize(
    ("step", "after"), [("copy_part", False), ("copy_part", True), ("complete_upload", False)]
)
def test_killed_save_can_be_made_again(
    plain: Any, lease_ends: Callable[[], None], step: str, after: bool
) -> None:
    file = stage(plain, b"1")
    die(plain, "a.txt", file, step, after=after)
    assert code(lambda: plain.save("a.txt", again(file))) == "busy"
    lease_ends()
    assert plain.save("a.txt", again(file)) == "a.txt"
    assert keys(plain) == ["a.txt"]


def test_save_that_was_killed_when_it_was_done_is_done(
    plain: Any, lease_ends: Callable[[], None]
) -> None:
    """What it has left is tidied up."""
    file = stage(plain, b"1")
    die(plain, "a.txt", file, "complete_upload", after=True)
    assert code(lambda: plain.save("a.txt", again(file))) == "busy"
    lease_ends()
    assert code(lambda: plain.save("a.txt", again(file))) == "missing"
    assert keys(plain) == ["a.txt"]


def test_save_through_django_that_was_killed_when_it_was_done_is_done(
    plain: Any, lease_ends: Callable[[], None]
) -> None:
    class Whole(MinioStorage):
        def write_options(self, backend_alias: str) -> Any:
            return super().write_options(backend_alias).over(multipart=False)

    own = plain._bound()
    own.__class__ = type("Own", (Whole, type(plain)), {})
    file = stage(own, b"1")
    done: list[str] = []
    whole = Location.put

    def put(self: Location, name: str, *args: Any, **kwargs: Any) -> None:
        whole(self, name, *args, **kwargs)
        if name == "a.txt":
            done.append(name)
            raise Killed

    def too_late(*_args: Any) -> None:
        raise Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Location, "put", put)
        patch.setattr(Location, "delete", too_late)
        with pytest.raises(Killed):
            own.save("a.txt", file)
    assert done == ["a.txt"]
    lease_ends()
    assert code(lambda: own.save("a.txt", again(file))) == "missing"
    assert keys(own) == ["a.txt"]


def test_of_many_who_take_over_one_saves(plain: Any, lease_ends: Callable[[], None]) -> None:
    file = stage(plain, b"1")
    die(plain, "a.txt", file, "copy_part", after=False)
    lease_ends()

    def save(number: int) -> str:
        try:
            return str(plain.save(f"{number}.txt", again(file)))
        except UploadRefusedError:
            return ""

    with ThreadPoolExecutor(8) as pool:
        saved = [name for name in pool.map(save, range(8)) if name]
    assert len(saved) == 1
    assert keys(plain) == saved


def test_who_was_taken_over_saves_nothing(plain: Any, lease_ends: Callable[[], None]) -> None:
    """A saver that slept for the lease, and wakes up when another has saved the file."""
    file = stage(plain, b"1")
    copied = Location.copy_part

    def copy_part(self: Location, name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "slept.txt":
            lease_ends()
            assert plain.save("other.txt", again(file)) == "other.txt"
        return copied(self, name, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Location, "copy_part", copy_part)
        assert code(lambda: plain.save("slept.txt", file)) == "missing"
    assert keys(plain) == ["other.txt"]


def test_who_is_met_while_he_saves_is_left_alone(
    plain: Any, lease_ends: Callable[[], None]
) -> None:
    """A saver that had slept says what it stores while its successor copies."""
    file = stage(plain, b"1")
    copied = Location.copy_part
    meets, met = Event(), Event()

    def copy_part(self: Location, name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "slept.txt":
            meets.set()
            assert met.wait(30)
        return copied(self, name, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(1) as pool:
        patch.setattr(Location, "copy_part", copy_part)
        slept = pool.submit(plain.save, "slept.txt", file)
        assert meets.wait(30)
        lease_ends()
        announce = saver._Saver.announce

        def then(self: Any, write: Any) -> None:
            if write.name == "other.txt":
                met.set()
                assert code(slept.result) == "busy"
            announce(self, write)

        patch.setattr(saver._Saver, "announce", then)
        assert plain.save("other.txt", again(file)) == "other.txt"
    assert keys(plain) == ["other.txt"]


def test_mark_is_renewed_while_it_is_saved(plain: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saver, "RENEW_SECONDS", 0.01)
    file = stage(plain, b"1")
    copied = Location.copy_part
    seen: set[str] = set()

    def copy_part(self: Location, *args: Any, **kwargs: Any) -> Any:
        while len(seen) < 3:
            mark = saver.last_mark(file.place.listed(file.upload))
            assert mark is not None
            seen.add(mark.etag)
        return copied(self, *args, **kwargs)

    monkeypatch.setattr(Location, "copy_part", copy_part)
    assert plain.save("a.txt", file) == "a.txt"
    assert keys(plain) == ["a.txt"]


def test_what_was_read_is_saved_once_as_well(
    plain: Any, use_storages: Callable[..., None], new_bucket: Callable[[str], str]
) -> None:
    """Through Django: what a form field has read is held in memory."""
    bucket = new_bucket("plain")
    entry = settings.STORAGES["plain"]
    use_storages(plain={**entry, "OPTIONS": {**entry["OPTIONS"], "private_buckets": [bucket]}})
    storage = storages["plain"]
    other = storage.for_bucket(bucket)
    file = stage(storage, b"1")
    read, unread = again(file), again(file)
    read.read()
    other.save("a.txt", file)
    assert code(lambda: other.save("b.txt", read)) == "missing"
    assert code(lambda: other.save("c.txt", unread)) == "missing"
    assert other.listdir("") == ([], ["a.txt"])
    assert keys(storage) == []


def test_what_ends_while_it_is_saved_through_django_is_refused(plain: Any) -> None:
    class Slow(MinioStorage):
        def _save(self, name: str, content: Any) -> str:
            content.place.delete(content.staged)
            return super()._save(name, ContentFile(content.read()))

    own = plain._bound()
    own.__class__ = type("Own", (Slow, type(plain)), {})
    assert code(lambda: own.save("a.txt", stage(own, b"1"))) == "missing"
    assert keys(own) == []


def test_what_a_storage_misses_of_its_own_is_no_fault_of_the_upload(plain: Any) -> None:
    class Marked(MinioStorage):
        def _save(self, name: str, content: Any) -> str:
            self.open("watermark.png").read()
            return super()._save(name, content)

    own = plain._bound()
    own.__class__ = type("Own", (Marked, type(plain)), {})
    file = stage(own, b"1")
    with pytest.raises(ObjectNotFoundError, match="watermark"):
        own.save("a.txt", file)

"""From what the finders found to what a storage would store of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial
from pathlib import Path
from posixpath import join
from typing import Any

from django.contrib.staticfiles.finders import get_finders
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, Storage

from tenant_minio.staticfiles.staging import Item, StagedLocation, staged
from tenant_minio.storage.base import ObjectStorage
from tenant_minio.storage.location import Location
from tenant_minio.storage.static import StaticFiles

# As Django hands them to post_process: name to the finder's storage and the path there.
Found = Mapping[str, tuple[Any, str]]


def find(ignore: Collection[str], conflict: Callable[[str], None]) -> dict[str, tuple[Any, str]]:
    """All that the finders find; the first of a name counts.

    Args:
        ignore: glob patterns.
        conflict: told each name that was found again.
    """
    found: dict[str, tuple[Any, str]] = {}
    for finder in get_finders():
        for path, source in finder.list(list(ignore)):
            prefix = getattr(source, "prefix", None)
            name = (join(prefix, path) if prefix else path).replace("\\", "/")
            if name in found:
                conflict(name)
            else:
                found[name] = (source, path)
    return found


def stage(
    storage: ObjectStorage, location: Location, found: Found, folder: Path
) -> tuple[ObjectStorage, StagedLocation]:
    """The storage at work in an empty folder, and what it has stored there.

    Files that it stores as they are stay where they are, and are not copied.
    """
    place = staged(location, folder)
    at_work = storage.at(place)
    if getattr(storage, "manifest_storage", None) is not None:
        at_work.__dict__["manifest_storage"] = at_work
    for name, (source, path) in found.items():
        place.key(name)
        if _is_stored_as_it_is(storage, name):
            place.items[name] = Item(_opener(source, path), storage.object_headers(name))
        else:
            with source.open(path) as file:
                at_work.save(name, file)
    return at_work, place


def _is_stored_as_it_is(storage: ObjectStorage, name: str) -> bool:
    own = {
        method
        for method in ("save", "_save", "get_available_name", "is_name_available")
        if getattr(type(storage), method) is not getattr(ObjectStorage, method)
    }
    if not own:
        return True
    return (
        own == {"_save"}
        and isinstance(storage, StaticFiles)
        and type(storage)._save is StaticFiles._save  # noqa: SLF001 -- our own
        and not storage.compresses(name)
    )


def _opener(source: Any, path: str) -> Callable[[], Any]:
    """Opens a finder's file from any thread.

    Where a finder's folder depends on a database connection, another thread has another folder, so
    the path is worked out here.
    """
    plain: Any = FileSystemStorage
    if type(source)._open is plain._open and type(source).open is plain.open:  # noqa: SLF001 -- whether they are Django's
        return partial(open, source.path(path), "rb")
    return partial(source.open, path)


def own_manifest(storage: ObjectStorage) -> tuple[str | None, Storage | None]:
    """The name of the manifest, and the storage that holds it if it is another one."""
    name: str | None = getattr(storage, "manifest_name", None)
    where: Storage | None = getattr(storage, "manifest_storage", None)
    return name, None if where is storage else where


def replace_manifest(storage: Any, name: str, item: Item) -> None:
    """Put the manifest into a storage of its own."""
    with item.open() as file:
        content = ContentFile(file.read())
    if not isinstance(storage, ObjectStorage) and storage.exists(name):
        storage.delete(name)
    storage._save(name, content)  # noqa: SLF001 -- as Django's save_manifest does

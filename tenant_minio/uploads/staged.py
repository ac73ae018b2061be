"""Uploads that have arrived: looked at, confirmed, and found again when a form is sent."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict
from typing import Any

from tenant_minio.backends.base import NONE, ObjectInfo, Part
from tenant_minio.exceptions import (
    ObjectChangedError,
    ObjectNotFoundError,
    UnexpectedResponseError,
    UploadRefusedError,
)
from tenant_minio.storage.saver import is_being_saved, is_mark
from tenant_minio.storage.staged import StagedFile
from tenant_minio.storage.staging import FORM, PARTS, StagingLocation, sealed_name
from tenant_minio.uploads.hook import ask_hook
from tenant_minio.uploads.refusals import refused
from tenant_minio.uploads.targets import Target
from tenant_minio.uploads.tokens import Confirmed, Upload


def confirm(upload: Upload, place: StagingLocation) -> Confirmed:
    """Look at what has arrived, and confirm it.

    May be called again; it is the same file, as long as it was not saved.

    Raises:
        UploadRefusedError: it has not arrived, is not what was to be uploaded, or the hook refused
            it. Then what was looked at, or is a form's, is deleted.
    """
    if is_being_saved(place.listed(upload.id)):
        raise refused("busy")
    staged = _completed(upload, place) if upload.multipart else _sealed(upload, place)
    info = _found(staged, place)
    try:
        _require_same(upload, info)
        confirmed = Confirmed(**_values(upload), staged=staged, etag=info.etag)
        _ask_hook(confirmed, place)
    except UploadRefusedError:
        discard(upload, place)
        raise
    except ObjectNotFoundError:
        _found(staged, place)
        raise  # it is another file that the hook lacks
    if not upload.multipart:
        place.delete(f"{upload.id}.{FORM}")
    return confirmed


def _found(staged: str, place: StagingLocation) -> ObjectInfo:
    try:
        return place.head(staged)
    except ObjectNotFoundError:
        raise refused("missing") from None


def _values(upload: Upload) -> dict[str, Any]:
    return {**asdict(upload), "target": upload.target}


def _require_same(upload: Upload, info: ObjectInfo) -> None:
    if (info.size, info.content_type) != (upload.size, upload.content_type):
        raise refused("changed")


def _completed(upload: Upload, place: StagingLocation) -> str:
    """The object that the parts become, by the cluster's own list of them.

    Nothing that is signed reaches it: the URLs are good for parts of an upload that is over.
    """
    name = f"{upload.id}.{PARTS}"
    try:
        arrived = place.arrived_parts(name, upload.multipart)
    except ObjectNotFoundError:
        return name  # it was completed before, or there is nothing
    sizes = {part.number: part.size for part in arrived}
    numbers = range(1, upload.count + 1)
    if any(number not in sizes for number in numbers):
        raise refused("missing")
    if sizes != {number: upload.size_of(number) for number in numbers}:
        # Nothing is deleted for it: parts may still be arriving. What is left, is swept.
        raise refused("changed")
    # Refused where another request was faster, or a part was replaced meanwhile: what is there
    # then is looked at.
    with suppress(UnexpectedResponseError):
        parts = [Part(part.etag) for part in arrived]
        place.complete_upload(name, upload.multipart, parts, NONE)
    return name


def _sealed(upload: Upload, place: StagingLocation) -> str:
    """A copy of what the form stored, under a key that was never signed for anyone.

    The form can be sent again, and an ETag that is an MD5 does not tell two files apart that were
    made to have the same one. So it is the copy that is looked at, and the copy that is saved.
    """
    form = f"{upload.id}.{FORM}"
    there = place.stored(upload.id)
    sealed = sorted(name for name in there if name != form and not is_mark(name))
    if sealed:
        return sealed[0]
    try:
        info = place.head(form)
        _require_same(upload, info)
        name = sealed_name(upload.id)
        headers = {"content-type": upload.content_type, **place.encryption_headers()}
        place.copy(form, name, info.etag, headers)
    except ObjectNotFoundError:
        raise refused("missing") from None
    except ObjectChangedError:
        raise refused("changed") from None
    except UploadRefusedError:
        discard(upload, place)
        raise
    return name


def _ask_hook(confirmed: Confirmed, place: StagingLocation) -> None:
    file = staged_file(confirmed, place)
    try:
        ask_hook(file, confirmed.target)
    finally:
        file.close()


def discard(upload: Upload, place: StagingLocation) -> None:
    """Delete all that is there of an upload, unless it is being saved at the moment."""
    if upload.multipart:
        place.abort_upload(f"{upload.id}.{PARTS}", upload.multipart)
    # Again: what another request copied of the form while the first pass went on. A later one
    # finds no form; what was on its way is swept.
    for _pass in range(2):
        listed = place.listed(upload.id)
        if is_being_saved(listed):
            return
        for name, *_rest in listed:
            place.delete(name)


def staged_file(confirmed: Confirmed, place: StagingLocation) -> StagedFile:
    """The file, as forms and hooks have it."""
    return StagedFile(
        place,
        upload=confirmed.id,
        staged=confirmed.staged,
        etag=confirmed.etag,
        name=confirmed.name,
        size=confirmed.size,
        content_type=confirmed.content_type,
    )


def claim(value: str, target: Target, request: Any) -> StagedFile:
    """The file that a form's hidden value stands for. May be called again, until it is saved.

    Args:
        value: as the browser sent it.
        target: that the form has.
        request: that brought it.

    Raises:
        UploadRefusedError: it is none, has expired, is another's or for another target, would be
            stored as another type, is not there any more, or is being saved at the moment
            (``busy``).
        TenantMinioError: the cluster could not be asked.
    """
    confirmed, place = Confirmed.read(value, request)
    if confirmed.target != target:
        raise refused("not_permitted")
    if target.type_of(confirmed.name) != confirmed.content_type:
        raise refused("wrong_type")
    if is_being_saved(place.listed(confirmed.id)):
        raise refused("busy")
    info = _found(confirmed.staged, place)
    if (info.etag, info.size) != (confirmed.etag, confirmed.size):
        raise refused("changed")
    return staged_file(confirmed, place)

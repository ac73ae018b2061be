"""The four steps of an upload, as a browser asks for them: JSON in, JSON out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

from tenant_minio.events import Operation, watch
from tenant_minio.exceptions import ObjectNotFoundError, UploadRefusedError
from tenant_minio.storage.staging import FORM, PARTS, StagingLocation, new_upload
from tenant_minio.uploads import conf, targets
from tenant_minio.uploads.refusals import refused
from tenant_minio.uploads.staged import confirm, discard
from tenant_minio.uploads.tokens import Upload, part_size
from tenant_minio.uploads.uploader import uploader

_MAX_NUMBERS = 100
_MAX_NAME = 1024
_Value = TypeVar("_Value")


def begin(request: Any, data: Mapping[str, Any]) -> dict[str, Any]:
    """Permit one file, and say how to send it.

    Raises UploadRefusedError, as all of these.
    """
    signed, name = _field(data, "target", str), _field(data, "name", str)
    size = _field(data, "size", int)
    if size < 0 or len(name) > _MAX_NAME:
        raise refused("bad_request")
    try:
        target = targets.read(signed)
        place = StagingLocation.of(target.locate())
    except UploadRefusedError:
        with watch(Operation.UPLOAD_BEGIN):
            raise
    with place.watch(Operation.UPLOAD_BEGIN):
        if not target.is_permitted(request):
            raise refused("not_permitted")
        content_type = target.check(name, size)
        upload = Upload(
            target=target,
            tenant=place.tenant,
            by=uploader(request, begins=True),
            id=new_upload(),
            name=name,
            size=size,
            content_type=content_type,
        )
        if size <= conf.setting("FORM_MAX_SIZE"):
            return _by_form(upload, place)
        return _by_parts(upload, place)


def _by_form(upload: Upload, place: StagingLocation) -> dict[str, Any]:
    form = place.form(
        f"{upload.id}.{FORM}", upload.size, upload.content_type, conf.setting("URL_EXPIRES")
    )
    return {"token": upload.sign(), "form": {"url": form.url, "fields": dict(form.fields)}}


def _by_parts(upload: Upload, place: StagingLocation) -> dict[str, Any]:
    name = f"{upload.id}.{PARTS}"
    place.require_parts(name)
    headers = {"content-type": upload.content_type, **place.encryption_headers()}
    begun = replace(
        upload,
        multipart=place.create_upload(name, headers),
        part_size=part_size(upload.size),
    )
    return {"token": begun.sign(), "parts": {"size": begun.part_size, "count": begun.count}}


def parts(request: Any, data: Mapping[str, Any]) -> dict[str, Any]:
    """URLs for some parts, or which parts have arrived."""
    upload, place = Upload.read(_field(data, "token", str), request)
    numbers = _field(data, "numbers", list)
    known = range(1, upload.count + 1)
    if len(numbers) > _MAX_NUMBERS or any(
        type(number) is not int or number not in known for number in numbers
    ):
        raise refused("bad_request")
    name, life = f"{upload.id}.{PARTS}", conf.setting("URL_EXPIRES")
    try:
        # All of up to 10,000 are listed where that is the question.
        arrived = place.arrived_parts(name, upload.multipart, limit=1 if numbers else None)
    except ObjectNotFoundError:
        if name not in place.stored(upload.id):
            raise refused("missing") from None
        # Completed, by a request to finish whose answer was lost.
        whole = {number: {"size": upload.size_of(number), "etag": ""} for number in known}
        return {"urls": {}, "stored": whole}
    if not numbers:
        stored = {part.number: {"size": part.size, "etag": part.etag} for part in arrived}
        return {"urls": {}, "stored": stored}
    return {
        "urls": {
            number: place.part_url(name, upload.multipart, number, upload.size_of(number), life)
            for number in numbers
        }
    }


def finish(request: Any, data: Mapping[str, Any]) -> dict[str, Any]:
    """Confirm what has arrived: its value is for the form that brings the rest."""
    signed = _field(data, "token", str)
    try:
        upload, place = Upload.read(signed, request)
    except UploadRefusedError:
        with watch(Operation.UPLOAD_FINISH):
            raise
    with place.watch(Operation.UPLOAD_FINISH) as watched:
        confirmed = confirm(upload, place)
        watched.bytes = confirmed.size
    return {
        "value": confirmed.sign(),
        "name": confirmed.name,
        "size": confirmed.size,
        "type": confirmed.content_type,
    }


def cancel(request: Any, data: Mapping[str, Any]) -> dict[str, Any]:
    """Throw away what has arrived; what is gone already is fine."""
    discard(*Upload.read(_field(data, "token", str), request))
    return {}


def _field(data: Mapping[str, Any], name: str, kind: type[_Value]) -> _Value:
    value = data.get(name)
    if type(value) is not kind:  # True is an int
        raise refused("bad_request")
    return value

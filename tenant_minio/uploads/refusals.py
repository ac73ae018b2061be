"""Why an upload is refused, in words for whoever uploads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tenant_minio.exceptions import UploadRefusedError
from tenant_minio.storage.saver import BUSY

_MESSAGES: Mapping[str, Promise] = {
    "too_large": _("This file is too large."),
    "wrong_type": _("Files of this type cannot be uploaded here."),
    "not_permitted": _("You cannot upload files here."),
    "expired": _("This upload has expired. Upload the file again."),
    "refused": _("This file was refused."),
    "changed": _("What arrived is not the file that was to be uploaded. Upload it again."),
    "missing": _("The file has not arrived, or not all of it. Upload it again."),
    "busy": BUSY,
    "unavailable": _("Files cannot be uploaded at the moment. Try again later."),
    "bad_request": _("This request was not understood."),
}
# By code; an answer with one of these is that of no success.
STATUSES: Mapping[str, int] = {
    "too_large": 413,
    "wrong_type": 415,
    "not_permitted": 403,
    "expired": 410,
    "refused": 422,
    "changed": 409,
    "missing": 404,
    "busy": 409,
    "unavailable": 503,
    "bad_request": 400,
}


def refused(code: str, message: Any = None) -> UploadRefusedError:
    """The error with this code, and with its usual words unless others are given."""
    return UploadRefusedError(_MESSAGES[code] if message is None else message, code=code)

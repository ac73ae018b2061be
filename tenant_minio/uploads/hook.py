"""What a project looks at before a file becomes visible."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from tenant_minio.conf import load
from tenant_minio.exceptions import UploadRefusedError
from tenant_minio.uploads import conf
from tenant_minio.uploads.refusals import refused
from tenant_minio.uploads.targets import Target


def ask_hook(file: UploadedFile[Any], target: Target) -> None:
    """Let the hook of a target, or that of the settings, look at a file.

    Raises:
        UploadRefusedError: it refused, in its words.
        InvalidBackendError: there is nothing at its path.
    """
    path = target.hook or conf.setting("HOOK")
    if path is None:
        return
    hook: Any = load(path, "UPLOADS")
    try:
        hook(file)
    except ValidationError as error:
        raise refused("refused", " ".join(error.messages)) from error
    except UploadRefusedError as error:
        raise refused("refused", error.message) from error

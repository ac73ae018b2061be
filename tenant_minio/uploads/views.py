"""The HTTP API: see docs/uploads.md.

Clusters are asked by calls that block, so the views are plain ones: under ASGI Django runs them in
threads, and the event loop goes on.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.http.request import RawPostDataException
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST

from tenant_minio.exceptions import (
    BackendUnavailableError,
    NoTenantError,
    StorageFullError,
    UploadRefusedError,
)
from tenant_minio.uploads import api
from tenant_minio.uploads.refusals import STATUSES, refused

_logger = logging.getLogger("tenant_minio")
_Step = Callable[[HttpRequest, Mapping[str, Any]], dict[str, Any]]


def _view(step: _Step) -> Callable[..., JsonResponse]:
    """What answers with what a step gives, or with why it gives nothing.

    What the include's path captured, such as the tenant, is not looked at.
    """

    @wraps(step)
    def view(request: HttpRequest, **_captured: object) -> JsonResponse:
        try:
            return JsonResponse(step(request, _read(request)))
        except UploadRefusedError as error:
            found = error
        except NoTenantError:
            # A page of no tenant has nothing to upload to, and tells no more.
            found = refused("not_permitted")
        except (BackendUnavailableError, StorageFullError) as error:
            _logger.warning("An upload failed: %s", error)
            found = refused("unavailable")
        told = {"code": found.code, "message": str(found.message)}
        return JsonResponse({"error": told}, status=STATUSES[found.code])

    protected: Callable[..., JsonResponse] = csrf_protect(never_cache(require_POST(view)))
    return protected


def _read(request: HttpRequest) -> Mapping[str, Any]:
    try:
        data = json.loads(request.body)
    except (ValueError, RecursionError, RawPostDataException):
        raise refused("bad_request") from None
    if not isinstance(data, dict):
        raise refused("bad_request")
    return data


begin = _view(api.begin)
parts = _view(api.parts)
finish = _view(api.finish)
cancel = _view(api.cancel)

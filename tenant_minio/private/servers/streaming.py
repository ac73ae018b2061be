"""The server that needs nothing: Django sends the file itself, from whichever storage."""

from __future__ import annotations

from typing import Any, TypeVar

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import http_date

from tenant_minio.private.conditions import (
    conditional_answer,
    has_conditions,
    is_same_version,
    wanted_range,
)
from tenant_minio.private.conf import private_setting
from tenant_minio.private.facts import Facts, Part
from tenant_minio.private.files import PrivateFile
from tenant_minio.private.servers.bodies import AsyncPieces, Pieces

_Answer = TypeVar("_Answer", bound=HttpResponseBase)


class StreamingServer:
    """Sends files, and parts of files, piece by piece (RFC 9110).

    A GET costs the cluster one request, a HEAD one HEAD. Where the browser says which version it
    has, a HEAD goes before: most often it is all that is needed.
    """

    def serve(self, private_file: PrivateFile) -> HttpResponseBase:
        """The answer to GET or HEAD. Raises FileNotFoundError."""
        request = private_file.request
        # GZipMiddleware would compress what a range has cut out, which is no part of the whole.
        request.META["HTTP_ACCEPT_ENCODING"] = "identity"
        if request.method == "HEAD":
            answer = _described(HttpResponse(), private_file, private_file.facts)
            answer["Content-Length"] = str(private_file.size)
            return _unwanted(private_file) or answer
        return _unwanted(private_file) or _sent(private_file)


def _unwanted(private_file: PrivateFile) -> HttpResponseBase | None:
    """304 or 412 where a condition says so; None where the file is wanted."""
    if not has_conditions(private_file.request.headers):
        return None
    facts = private_file.facts
    described = _described(HttpResponse(), private_file, facts)
    answer = conditional_answer(private_file.request, facts, described)
    if answer is not None and answer.status_code != 304:
        answer["Content-Length"] = "0"
    return answer


def _sent(private_file: PrivateFile) -> HttpResponseBase:
    headers = private_file.request.headers
    wanted = wanted_range(headers.get("Range"))
    part = private_file.open_part(wanted)
    if wanted is not None and not is_same_version(headers.get("If-Range"), part.facts):
        part.close()
        wanted = None
        part = private_file.open_part()
    # It may have been replaced since its condition was looked at.
    unwanted = _unwanted(private_file)
    if unwanted is not None:
        part.close()
        return unwanted
    size = part.facts.size
    if wanted is not None and part.start == part.end:
        part.close()
        refused = HttpResponse(status=416, headers={"Content-Length": "0"})
        refused["Content-Range"] = f"bytes */{size}"
        return refused
    answer = StreamingHttpResponse(_body(private_file, part))
    if wanted is not None:
        answer.status_code = 206
        answer["Content-Range"] = f"bytes {part.start}-{part.end - 1}/{size}"
    answer["Content-Length"] = str(part.end - part.start)
    return _described(answer, private_file, part.facts)


def _body(private_file: PrivateFile, part: Part) -> Any:
    if private_file.download is not None:
        part = private_file.download.sending(part)
    return AsyncPieces(part) if isinstance(private_file.request, ASGIRequest) else Pieces(part)


def _described(answer: _Answer, private_file: PrivateFile, facts: Facts) -> _Answer:
    """The answer, with what it says of the file."""
    answer["Content-Type"] = private_file.content_type
    answer["Accept-Ranges"] = "bytes"
    answer["ETag"] = facts.etag
    answer["Last-Modified"] = http_date(facts.modified.timestamp())
    answer["Cache-Control"] = private_setting("CACHE_CONTROL")
    for name, value in facts.headers.items():
        answer[name] = value
    return answer

"""What makes the answer for a file that is refused the very one of a file that is not there."""

from __future__ import annotations

from collections.abc import Callable

from django.core.handlers.exception import response_for_exception
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.cache import patch_vary_headers


def answer_alike(request: HttpRequest, make: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """Make the answer, and leave no header on it that tells which of both it is.

    A rule reads who asks, and no rule is asked about a row that is not there. So who asks is read
    here: the session's middleware says ``Vary`` of each session that was read, and takes away the
    cookie of one that has ended.

    Args:
        make: may raise Http404. Its page is made here, by Django: an error has no headers.
    """
    try:
        answer: HttpResponseBase = make()
    except Http404 as error:
        answer = response_for_exception(request, error)
    _read_who_asks(request)
    # Before any middleware, so that the order of what it names is the same.
    patch_vary_headers(answer, ("Cookie",))
    # A cache between may keep a 404 (RFC 9110, 15.5.5), and give it to who may have the file.
    answer.headers.setdefault("Cache-Control", "no-store")
    return answer


def _read_who_asks(request: HttpRequest) -> None:
    session = getattr(request, "session", None)
    if session is not None:
        session.keys()
    _ = getattr(getattr(request, "user", None), "pk", None)

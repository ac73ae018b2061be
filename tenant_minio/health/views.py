"""The pages for load balancers. They name backends by their aliases, and nothing else of them."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tenant_minio.health.status import Status, Word, together
from tenant_minio.health.watcher import statuses


@require_safe
@never_cache
def healthz(_request: HttpRequest) -> JsonResponse:
    """That this process answers, and what it knows of the backends: always a 200.

    A cluster that is down is no reason to stop or restart web servers, which serve the tenants of
    the others.
    """
    return _report(statuses())


@require_safe
@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """The same, with a 503 while a backend is known to be down or read-only.

    ``?backend=eu``, which may be repeated, asks about these only; 404 where there is none of the
    name. One that was not seen yet is no reason for a 503: each new process would begin with it.
    """
    known = statuses()
    wanted = request.GET.getlist("backend") or list(known)
    if not set(wanted) <= set(known):
        return JsonResponse({"error": "There is no such backend."}, status=404)
    return _report({alias: known[alias] for alias in wanted}, failing=503)


def _report(known: Mapping[str, Status], failing: int = 200) -> JsonResponse:
    word = together([status.word for status in known.values()])
    backends = {
        alias: {
            "status": status.word,
            "age_seconds": None if status.age is None else round(status.age, 1),
        }
        for alias, status in known.items()
    }
    status = 200 if word in {Word.UP, Word.UNKNOWN} else failing
    return JsonResponse({"status": word, "backends": backends}, status=status)

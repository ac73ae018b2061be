"""Pages that tests ask for."""

from collections.abc import Iterator

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import path

from tenant_minio import current_tenant


def who(_request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(current_tenant()))


def save(request: HttpRequest) -> HttpResponse:
    name = default_storage.save("docs/plan.pdf", ContentFile(request.body))
    return HttpResponse(name)


def stream(_request: HttpRequest) -> StreamingHttpResponse:
    def body() -> Iterator[str]:
        yield f"{current_tenant()},"
        yield f"{current_tenant()}"

    return StreamingHttpResponse(body())


def fail(_request: HttpRequest) -> HttpResponse:
    raise RuntimeError("the view failed")


urlpatterns = [
    path("who", who),
    path("save", save),
    path("stream", stream),
    path("fail", fail),
    path("t/<key>/who", lambda request, key: who(request)),
]

"""Servers that let somebody else fetch the file from its cluster, by a short signed URL.

A HEAD goes before: without it a file that is missing would get the cluster's own page, which names
bucket and key.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils.http import http_date

from tenant_minio.exceptions import InvalidBackendError
from tenant_minio.private.conditions import conditional_answer
from tenant_minio.private.conf import private_setting
from tenant_minio.private.files import PrivateFile
from tenant_minio.storage.base import ObjectStorage


class XAccelClusterServer:
    """``X-Accel-Redirect`` to an internal location of nginx that leads to the cluster.

    The signed URL goes to nginx and no further; nginx drops every header that it does not know.
    """

    def serve(self, private_file: PrivateFile) -> HttpResponseBase:
        """An answer without a body. Raises FileNotFoundError."""
        storage = _on_a_cluster(private_file, "x-accel-cluster")
        facts = private_file.facts
        answer = HttpResponse(content_type=private_file.content_type)
        answer["ETag"] = facts.etag
        answer["Last-Modified"] = http_date(facts.modified.timestamp())
        answer["Cache-Control"] = private_setting("CACHE_CONTROL")
        unwanted = conditional_answer(private_file.request, facts, answer)
        if unwanted is not None:
            return unwanted
        # The cluster's type would stand in the place of this one.
        url = urlsplit(_signed(private_file, {"response-content-type": private_file.content_type}))
        alias = storage.locate().backend.alias
        internal = f"{private_setting('CLUSTER_URL')}{alias}{url.path}?{url.query}"
        answer["X-Accel-Redirect"] = internal
        # What the signature was made for, which nginx has to say.
        answer["X-Cluster-Host"] = url.netloc
        return answer


class _ToTheCluster(HttpResponseRedirect):
    # Of MemoryStorage, so that a project's tests see its redirects.
    allowed_schemes = [*HttpResponseRedirect.allowed_schemes, "memory"]  # noqa: RUF012 -- as Django has it


class RedirectServer:
    """A redirect to the cluster, which the browser follows. The URL is good for a short while."""

    # But for type, name and caching, what the cluster sends says nothing of ours.
    sends_headers = False

    def serve(self, private_file: PrivateFile) -> HttpResponseBase:
        """The redirect. Raises FileNotFoundError."""
        _on_a_cluster(private_file, "redirect")
        _ = private_file.facts
        asked = {
            "response-content-type": private_file.content_type,
            "response-cache-control": private_setting("CACHE_CONTROL"),
        }
        if private_file.content_disposition is not None:
            asked["response-content-disposition"] = private_file.content_disposition
        answer = _ToTheCluster(_signed(private_file, asked))
        # Kept by a proxy, it would let in whoever asks next.
        answer["Cache-Control"] = "private, no-store"
        answer["Referrer-Policy"] = "no-referrer"
        return answer


def _on_a_cluster(private_file: PrivateFile, server: str) -> ObjectStorage:
    if not isinstance(private_file.storage, ObjectStorage):
        raise InvalidBackendError(
            f"TENANT_MINIO['PRIVATE']['SERVER'] is {server!r}, which sends files of clusters, and "
            f"{private_file.storage!r} has none. Use 'streaming', 'x-accel' or 'x-sendfile'."
        )
    return private_file.storage


def _signed(private_file: PrivateFile, response_headers: dict[str, str]) -> str:
    storage = private_file.storage
    assert isinstance(storage, ObjectStorage)  # noqa: S101 -- for the type
    return storage.url(
        private_file.relative_name,
        expires=private_setting("URL_EXPIRY"),
        signed=True,
        method=private_file.request.method or "GET",
        response_headers=response_headers,
    )

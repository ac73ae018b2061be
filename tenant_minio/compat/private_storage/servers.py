"""What stands in ``private_storage.servers``. Each is used as ``Server.serve(private_file)``."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import quote

from django.http import HttpResponseBase
from django.utils.module_loading import import_string

from tenant_minio.compat.private_storage import appconfig
from tenant_minio.exceptions import InvalidBackendError
from tenant_minio.private.files import PrivateFile
from tenant_minio.private.servers import Server, StreamingServer, XSendfileServer
from tenant_minio.private.servers.local import LocalServer

__all__ = [
    "ApacheXSendfileServer",
    "DjangoServer",
    "DjangoStreamingServer",
    "NginxXAccelRedirectServer",
    "add_no_cache_headers",
    "get_server_class",
]


def add_no_cache_headers(
    serve: Callable[..., HttpResponseBase],
) -> Callable[..., HttpResponseBase]:
    """Decorate a ``serve`` of one's own: nothing in between keeps what it sends."""

    @wraps(serve)
    def wrapper(*args: Any, **kwargs: Any) -> HttpResponseBase:
        answer = serve(*args, **kwargs)
        answer["Expires"] = "Thu, 01 Jan 1970 00:00:00 GMT"
        answer["Cache-Control"] = "max-age=0, no-cache, must-revalidate, proxy-revalidate"
        return answer

    return wrapper


class DjangoStreamingServer:
    """Django sends the file, from any storage."""

    @staticmethod
    def serve(private_file: PrivateFile) -> HttpResponseBase:
        """The answer to GET or HEAD. Raises FileNotFoundError."""
        return StreamingServer().serve(private_file)


class DjangoServer(DjangoStreamingServer):
    """The same: local files need no other way."""


class ApacheXSendfileServer:
    """``X-Sendfile``, with the path percent-encoded as mod_xsendfile expects it."""

    @staticmethod
    def serve(private_file: PrivateFile) -> HttpResponseBase:
        """An answer without a body. Raises FileNotFoundError."""
        return XSendfileServer().serve(private_file)


class NginxXAccelRedirectServer:
    """``X-Accel-Redirect`` to ``PRIVATE_STORAGE_INTERNAL_URL``, from any storage."""

    @staticmethod
    def should_quote() -> bool:
        """Whether nginx decodes the header: from 1.5.9 on."""
        version = appconfig.PRIVATE_STORAGE_NGINX_VERSION
        return not version or tuple(map(int, version.split("."))) >= (1, 5, 9)

    @staticmethod
    def serve(private_file: PrivateFile) -> HttpResponseBase:
        """An answer without a body. Raises FileNotFoundError."""
        return _Nginx().serve(private_file)


class _Nginx(LocalServer):
    def order(self, private_file: PrivateFile) -> tuple[str, str]:
        url = appconfig.PRIVATE_STORAGE_INTERNAL_URL.rstrip("/") + "/" + private_file.relative_name
        quoting = NginxXAccelRedirectServer.should_quote()
        return "X-Accel-Redirect", quote(url) if quoting else url


_SERVERS: dict[str, type[Server]] = {
    "streaming": DjangoStreamingServer,
    "django": DjangoServer,
    "apache": ApacheXSendfileServer,
    "nginx": NginxXAccelRedirectServer,
}


def get_server_class(path: str) -> type[Server]:
    """The server of a short name or a dotted path. Raises InvalidBackendError."""
    if path in _SERVERS:
        return _SERVERS[path]
    if "." not in path:
        raise InvalidBackendError(
            f"PRIVATE_STORAGE_SERVER is {path!r}. It is one of {', '.join(_SERVERS)}, or the "
            f"dotted path of a class."
        )
    try:
        found: type[Server] = import_string(path)
    except ImportError as error:
        raise InvalidBackendError(f"PRIVATE_STORAGE_SERVER: {error}") from error
    return found

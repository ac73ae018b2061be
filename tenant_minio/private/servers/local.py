"""Servers that let the web server in front send a local file."""

from __future__ import annotations

from urllib.parse import quote

from django.http import HttpResponse

from tenant_minio.private.conf import private_setting
from tenant_minio.private.files import PrivateFile


class LocalServer:
    """The web server knows ranges and conditions itself; only whether the file is there is asked.

    So a file that is missing gets the site's own page.
    """

    def serve(self, private_file: PrivateFile) -> HttpResponse:
        """An answer without a body. Raises FileNotFoundError."""
        _ = private_file.facts
        answer = HttpResponse(content_type=private_file.content_type)
        answer["Cache-Control"] = private_setting("CACHE_CONTROL")
        header, value = self.order(private_file)
        answer[header] = value
        return answer

    def order(self, private_file: PrivateFile) -> tuple[str, str]:
        """The header that tells the web server which file, and its value."""
        raise NotImplementedError


class XSendfileServer(LocalServer):
    """``X-Sendfile``: Apache with mod_xsendfile, lighttpd. Both decode the path."""

    def order(self, private_file: PrivateFile) -> tuple[str, str]:
        return "X-Sendfile", quote(private_file.full_path)


class XAccelServer(LocalServer):
    """``X-Accel-Redirect``: nginx, with an internal location that is an alias of the folder."""

    def order(self, private_file: PrivateFile) -> tuple[str, str]:
        return "X-Accel-Redirect", quote(
            private_setting("INTERNAL_URL") + private_file.relative_name
        )

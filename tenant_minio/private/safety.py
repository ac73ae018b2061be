"""What keeps a file that somebody uploaded from acting in the name of the site."""

from __future__ import annotations

from django.http import HttpResponseBase
from django.utils.http import content_disposition_header

from tenant_minio.private.files import PrivateFile

SANDBOX = "sandbox; default-src 'none'; img-src data:; media-src data:; style-src 'unsafe-inline'"

_ACTIVE = frozenset(
    {
        "application/javascript",
        "application/x-shockwave-flash",
        "application/xml",
        "message/rfc822",
        "multipart/related",
        "text/html",
        "text/javascript",
        "text/xml",
        "text/xsl",
    }
)


# What a page loads as its own, even from a download: RFC 9239, 6, and style sheets.
_LOADED = frozenset(
    {
        "application/ecmascript",
        "application/javascript",
        "application/x-ecmascript",
        "application/x-javascript",
        "text/css",
        "text/ecmascript",
        "text/javascript",
        "text/jscript",
        "text/livescript",
        "text/x-ecmascript",
        "text/x-javascript",
    }
)


def sent_type(content_type: str, active_content: str) -> str:
    """The type that a file is sent with: scripts and style sheets as plain text.

    So with ``nosniff`` no page of the site can be made to load what somebody uploaded, which would
    pass over a Content-Security-Policy that trusts the site's own files.
    """
    loaded = _plain(content_type) in _LOADED and active_content != "inline"
    return "text/plain" if loaded else content_type


def _plain(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def is_active(content_type: str) -> bool:
    """Whether a browser that shows it may run what is in it: HTML, SVG, XML and the like."""
    kind = _plain(content_type)
    return kind in _ACTIVE or kind.endswith("+xml")


def disposition(
    private_file: PrivateFile, wanted: str | None, filename: str, active_content: str
) -> str | None:
    """The Content-Disposition (RFC 6266; names in RFC 8187 where they need it); None for none.

    Args:
        wanted: ``inline`` or ``attachment``; None for no header where that is safe.
        filename: what a browser saves it as.
        active_content: one of :data:`tenant_minio.private.conf.ACTIVE_CONTENT`.
    """
    if active_content == "attachment" and is_active(private_file.content_type):
        wanted = "attachment"
    if wanted is None:
        return None
    return content_disposition_header(wanted == "attachment", filename) or wanted


def protect(response: HttpResponseBase, private_file: PrivateFile, *, sandboxed: bool) -> None:
    """Add the headers that every answer with a file has, where its server has not set them."""
    headers = response.headers
    headers.setdefault("X-Content-Type-Options", "nosniff")
    if response.status_code >= 400:
        return  # there is no file in it
    if private_file.content_disposition is not None:
        headers.setdefault("Content-Disposition", private_file.content_disposition)
    if sandboxed:
        headers.setdefault("Content-Security-Policy", SANDBOX)

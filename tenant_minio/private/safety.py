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


def is_active(content_type: str) -> bool:
    """Whether a browser that shows it may run what is in it: HTML, SVG, XML and the like."""
    kind = content_type.partition(";")[0].strip().lower()
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


def protect(response: HttpResponseBase, private_file: PrivateFile, active_content: str) -> None:
    """Add the headers that every answer with a file has, where its server has not set them."""
    headers = response.headers
    headers.setdefault("X-Content-Type-Options", "nosniff")
    if private_file.content_disposition is not None:
        headers.setdefault("Content-Disposition", private_file.content_disposition)
    if active_content != "inline" and is_active(private_file.content_type):
        headers.setdefault("Content-Security-Policy", SANDBOX)

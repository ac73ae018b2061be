"""Whose upload it is: the user and the session of a request."""

from __future__ import annotations

import secrets
from typing import Any

from django.contrib.sessions.backends import signed_cookies
from django.utils.crypto import salted_hmac

from tenant_minio.uploads.refusals import refused

_SALT = "tenant_minio.uploads.uploader"
_NONCE = "_tenant_minio_uploads"


def uploader(request: Any, *, begins: bool = False) -> str:
    """One text for all requests of one user in one session, and another for all others.

    Args:
        request: maybe without a user or a session.
        begins: a session is made where nothing tells who it is.

    Raises:
        UploadRefusedError: nothing tells who it is.
    """
    user = getattr(request, "user", None)
    who = str(user.pk) if user is not None and user.is_authenticated else ""
    session = getattr(request, "session", None)
    mark = "" if session is None else _mark(session, make=begins)
    if not (who or mark):
        raise refused("not_permitted")
    return salted_hmac(_SALT, f"{len(who)}:{who}{mark}", algorithm="sha256").hexdigest()[:32]


def _mark(session: Any, *, make: bool) -> str:
    """What is the same in all requests of a session."""
    # Loads it, which forgets a key that is of no session.
    nonce = session.get(_NONCE, "")
    if not isinstance(session, signed_cookies.SessionStore):
        # Several uploads may begin at once, so nothing is written into a session that is there.
        if session.session_key is None and make:
            session.create()
        return session.session_key or ""
    if not nonce and make:  # its key is what it holds, and changes with it
        nonce = session[_NONCE] = secrets.token_urlsafe(16)
    return str(nonce)

"""``TENANT_MINIO["UPLOADS"]``, and what has to stand around the upload views."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.urls import NoReverseMatch, reverse
from django.utils.module_loading import import_string

from tenant_minio.backends.registry import registry
from tenant_minio.conf import load
from tenant_minio.exceptions import InvalidBackendError
from tenant_minio.problems import Problem
from tenant_minio.storage import MinioStorage, RoutingStorage
from tenant_minio.tenants.callables import is_coroutine
from tenant_minio.uploads import conf

_ASKS_USER = conf.DEFAULTS["PERMISSION"]


def upload_problems() -> Iterator[Problem]:
    """What is wrong with direct uploads."""
    wrong = list(conf.problems())
    yield from wrong
    if not wrong:
        yield from _callable_problems()
        yield from _storage_problems()
        yield from _without_users()


def _callable_problems() -> Iterator[Problem]:
    named = {f"[{name!r}]": conf.setting(name) for name in ("PERMISSION", "HOOK")}
    for target, options in conf.setting("TARGETS").items():
        for name in ("permission", "hook"):
            named[f"['TARGETS'][{target!r}][{name!r}]"] = options.get(name)
    for where, path in named.items():
        if path is None:
            continue
        message = ""
        try:
            found = load(path, "UPLOADS")
        except InvalidBackendError:
            message = f"names {path!r}, which cannot be imported."
        else:
            if not callable(found) or is_coroutine(found):
                message = f"names {path!r}, which is no plain function."
        if message:
            message = f"TENANT_MINIO['UPLOADS']{where} {message}"
            yield Problem("E056", (), message, "Write the full dotted path of a plain function.")


def _storage_problems() -> Iterator[Problem]:
    """Targets whose files would be readable by all before they were looked at, or nowhere."""
    declared = registry.declared
    for name, options in conf.setting("TARGETS").items():
        alias = options["storage"]
        where = f"TENANT_MINIO['UPLOADS']['TARGETS'][{name!r}]: the storage {alias!r}"
        kind = declared.classes.get(alias)
        plain = declared.plain.get(alias)
        if kind is None or not issubclass(kind, MinioStorage | RoutingStorage):
            hint = "Name an entry of STORAGES that is one of this package's."
            yield Problem("E057", (), f"{where} is none of tenant_minio.", hint)
        elif plain is None and not issubclass(kind, RoutingStorage):
            yield Problem("E057", (), f"{where} has no bucket.", "Name a storage that has one.")
        elif plain is not None and plain.public:
            hint = "Upload into a private storage, and save from there."
            yield Problem("E057", (), f"{where} is public: anyone could get what is staged.", hint)


def _without_users() -> Iterator[Problem]:
    """Views that refuse everybody, since nothing says who is signed in."""
    if conf.setting("PERMISSION") != _ASKS_USER or not getattr(settings, "ROOT_URLCONF", None):
        return
    try:
        reverse("tenant_minio_uploads:begin")
    except (NoReverseMatch, ImportError, ImproperlyConfigured):
        return  # the views are not there, or the URLs are wrong, which Django tells
    if not any(map(_sets_user, settings.MIDDLEWARE)):
        yield Problem(
            "W011",
            (),
            "The upload views let in who is signed in, and no AuthenticationMiddleware stands in "
            "MIDDLEWARE.",
            "Add 'django.contrib.auth.middleware.AuthenticationMiddleware', or set "
            "TENANT_MINIO['UPLOADS']['PERMISSION'].",
        )


def _sets_user(path: str) -> bool:
    """Whether it is Django's, or of the project and so may be: only known ones do not."""
    if path.startswith("django.contrib.auth."):
        return True
    try:
        found = import_string(path)
    except ImportError:
        return False
    return not str(found.__module__).startswith(("django.", "tenant_minio.", "whitenoise."))

"""The typed options of one backend."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import MISSING, dataclass, field, fields
from difflib import get_close_matches
from ipaddress import ip_address
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

from django.utils.module_loading import import_string
from urllib3 import PoolManager

from tenant_minio.backends.addresses import BUCKET_SLOT, is_host, is_proxy, is_public_url
from tenant_minio.backends.credentials.combinations import key_problems, needs_fixed_key
from tenant_minio.backends.credentials.kinds import (
    MAX_DURATION,
    MIN_DURATION,
    OWN,
    TENANT,
    Kind,
    is_path,
    kind_of,
)
from tenant_minio.problems import Problem

# Presigned URLs live at most seven days (AWS Signature Version 4, query parameters).
MAX_EXPIRY = 7 * 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class BackendOptions:
    """How to reach one cluster. Times are in seconds.

    Args:
        endpoint: ``host`` or ``host:port``, without scheme and path.
        access_key, secret_key, session_token: the backend's own key; not needed where a provider
            gives it.
        credentials: with whose key data goes: ``"static"`` (or None), ``"sts"``, a
            ``minio.credentials.Provider``, or a callable from a Route to
            ``minio.credentials.Credentials``; see docs/credentials.md. Provider and callable may
            be dotted paths.
        own_credentials: a provider of the backend's own key, in place of ``access_key`` and
            ``secret_key``.
        credentials_refresh: after so long a provider or callable is asked again for a key that
            has no end of its own.
        credentials_cache_size: how many routes' keys are kept.
        sts_duration: life of a key of STS.
        url_credentials: what URLs are signed with: ``"own"`` (the backend's), or ``"tenant"``.
        secure: speak TLS.
        external_endpoint, external_secure: what signed and public URLs name instead, where
            browsers reach the cluster by another address.
        public_url: what the plain URLs of public files begin with instead, such as a custom
            domain or a CDN: ``https://cdn.example.com/{bucket}/`` or ``/media/``. Without
            ``{bucket}`` it stands for one bucket. The key is appended. Signed URLs never use it:
            the signature covers the host.
        ca_certs: path of a CA bundle; the one of certifi if not given.
        verify: check the server's certificate.
        proxy: URL of an HTTP proxy.
        region: of the buckets; fixed, so that nothing has to ask for it.
        connect_timeout: until a connection stands.
        read_timeout: between two pieces of an answer.
        retries: how often a refused connection, and a failed GET or HEAD, is tried again. What
            timed out is not.
        pool_size: idle connections kept; more may be open.
        breaker_failures: failures in a row (no connection, no answer in time, 5xx) of reads or
            of writes, after which no more of these are sent for a while, by this process; 0 for
            never.
        breaker_reset: until it is tried again.
        max_concurrent: requests of this process that may be under way at a time; 0 for any
            number. One counts until its headers have come.
        max_concurrent_wait: how long a request waits where so many are, and others come and go.
        url_expiry: life of a signed URL.
        url_window: signing times are rounded down to this, so that a URL stays the same for
            browser caches; never more than a quarter of the URL's life.
        url_cache_size: how many signed URLs are kept until their window ends; none if 0.
        http_client: a ``urllib3.PoolManager``, or a callable (or its dotted path) that makes one.
            Time limits, retries, TLS and proxy are then its own.
    """

    endpoint: str
    access_key: str = field(default="", repr=False)
    secret_key: str = field(default="", repr=False)
    session_token: str | None = field(default=None, repr=False)
    credentials: Any = field(default=None, repr=False)
    own_credentials: Any = field(default=None, repr=False)
    credentials_refresh: float = 60.0
    credentials_cache_size: int = 4096
    sts_duration: int = 3600
    url_credentials: str = OWN
    secure: bool = True
    external_endpoint: str | None = None
    external_secure: bool | None = None
    public_url: str | None = None
    ca_certs: str | None = None
    verify: bool = True
    proxy: str | None = field(default=None, repr=False)
    region: str = "us-east-1"
    connect_timeout: float = 2.0
    read_timeout: float = 30.0
    retries: int = 2
    pool_size: int = 32
    breaker_failures: int = 5
    breaker_reset: float = 10.0
    max_concurrent: int = 0
    max_concurrent_wait: float = 0.5
    url_expiry: int = 3600
    url_window: int = 900
    url_cache_size: int = 4096
    http_client: Any = field(default=None, repr=False)

    def __reduce__(self) -> NoReturn:
        """Refuse: a pickle holds the secrets, and wanders into caches and queues."""
        raise TypeError("BackendOptions hold secrets and cannot be pickled; send the alias.")

    @property
    def location(self) -> str:
        """The endpoint, so written that two aliases of one cluster give the same text."""
        return _location(self.endpoint, secure=self.secure)

    @property
    def external_location(self) -> str:
        """What signed and public URLs call the cluster, written so, too."""
        endpoint, secure = self.external
        return _location(endpoint, secure=secure)

    @property
    def external(self) -> tuple[str, bool]:
        """Endpoint and TLS of signed and public URLs."""
        if not self.external_endpoint:
            return self.endpoint, self.secure
        secure = self.secure if self.external_secure is None else self.external_secure
        return self.external_endpoint, secure


def _location(endpoint: str, *, secure: bool) -> str:
    parts = urlsplit(f"//{endpoint}")
    host = (parts.hostname or "").rstrip(".")
    with suppress(ValueError):  # raised for a name, which stays as it is
        host = ip_address(host).compressed
    return f"{host}:{parts.port or (443 if secure else 80)}"


# minio-py's own rule, which it raises as a bare ValueError.
_REGION = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?")


def _text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _region(value: object) -> bool:
    return isinstance(value, str) and _REGION.fullmatch(value) is not None


def _file(value: object) -> bool:
    # A NUL in a path raises ValueError; what may not be looked at cannot be read either.
    with suppress(ValueError, OSError):
        return isinstance(value, str) and Path(value).is_file()
    return False


def _pool(value: object) -> bool:
    return isinstance(value, PoolManager) or callable(value)


def _flag(value: object) -> bool:
    return isinstance(value, bool)


def _seconds(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


def _count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


_A_TEXT = (_text, "a non-empty string")
_A_HOST = (is_host, "host or host:port, without scheme, path and user")
_A_PUBLIC_URL = (
    is_public_url,
    (
        f"https://host/path/ or /path/, without user, query and fragment, in which {BUCKET_SLOT} "
        f"may stand for the bucket; it is percent-encoded and ends in '/'"
    ),
)
_A_FLAG = (_flag, "True or False (not text, such as an environment variable gives)")
_SECONDS = (_seconds, "a number of seconds above 0")
_COUNT = (_count, "a whole number, 0 or more")
_ABOVE_0 = (lambda value: _count(value) and value != 0, "a whole number above 0")

_KINDS: Mapping[str, tuple[Callable[[object], bool], str]] = {
    "endpoint": _A_HOST,
    "access_key": _A_TEXT,
    "secret_key": _A_TEXT,
    "session_token": _A_TEXT,
    "credentials": (
        lambda value: kind_of(value) is not None,
        (
            "'static', 'sts', a minio.credentials.Provider (or a class or callable without "
            "arguments that gives one), or a callable from a Route to minio.credentials."
            "Credentials; the last two may be dotted paths"
        ),
    ),
    "own_credentials": (
        lambda value: kind_of(value) is Kind.PROVIDER,
        (
            "a minio.credentials.Provider, or a class or callable without arguments that gives "
            "one, or its dotted path"
        ),
    ),
    "credentials_refresh": _SECONDS,
    "credentials_cache_size": _ABOVE_0,
    "sts_duration": (
        lambda value: _count(value) and MIN_DURATION <= value <= MAX_DURATION,  # type: ignore[operator]  # a count is an int
        f"a whole number of seconds from {MIN_DURATION} to {MAX_DURATION} (7 days)",
    ),
    "url_credentials": (lambda value: value in (OWN, TENANT), f"'{OWN}' or '{TENANT}'"),
    "secure": _A_FLAG,
    "external_endpoint": _A_HOST,
    "external_secure": _A_FLAG,
    "public_url": _A_PUBLIC_URL,
    "ca_certs": (_file, "the path of a CA bundle that is there"),
    "verify": _A_FLAG,
    "proxy": (is_proxy, "http://host:port or https://host:port"),
    "region": (_region, "letters, digits, '-' and '_', 1 to 63 of them"),
    "connect_timeout": _SECONDS,
    "read_timeout": _SECONDS,
    "retries": _COUNT,
    "pool_size": _ABOVE_0,
    "breaker_failures": _COUNT,
    "breaker_reset": _SECONDS,
    "max_concurrent": _COUNT,
    "max_concurrent_wait": (
        lambda value: _seconds(value) or (value == 0 and not isinstance(value, bool)),
        "a number of seconds, 0 or more",
    ),
    "url_expiry": (
        lambda value: isinstance(value, int) and _seconds(value) and value <= MAX_EXPIRY,
        f"a whole number of seconds from 1 to {MAX_EXPIRY} (7 days)",
    ),
    "url_window": _COUNT,
    "url_cache_size": _COUNT,
    "http_client": (_pool, "a urllib3.PoolManager, or a callable or its dotted path"),
}
_REQUIRED = frozenset(f.name for f in fields(BackendOptions) if f.default is MISSING)
_FIXED_KEY = frozenset({"access_key", "secret_key"})
# Values of these may be dotted paths.
_IMPORTED = frozenset({"http_client", "credentials", "own_credentials"})
_OPTIONAL_NONE = frozenset(f.name for f in fields(BackendOptions) if f.default is None)
BACKEND_OPTIONS = frozenset(_KINDS)


def unknown_options(alias: str, given: Iterable[str], known: Iterable[str]) -> list[Problem]:
    """A problem for each option that is not known, with the nearest name that is."""
    known = sorted(known)
    found = []
    for name in given:
        if name in known:
            continue
        near = get_close_matches(str(name).lower(), known, n=1)
        hint = f"Did you mean {near[0]!r}?" if near else f"Known options: {', '.join(known)}."
        found.append(
            Problem("E002", (alias,), f"STORAGES[{alias!r}] has the unknown option {name!r}.", hint)
        )
    return found


def parse(alias: str, given: Mapping[str, Any]) -> tuple[BackendOptions | None, list[Problem]]:
    """Read a backend's options; None with the problems that prevent it."""
    problems = [
        Problem(
            "E003",
            (alias,),
            f"STORAGES[{alias!r}] lacks the option {name!r}.",
            f"Add it to OPTIONS: {_KINDS[name][1]}.",
        )
        for name in sorted(_required(given) - set(given))
    ]
    for name in sorted(BACKEND_OPTIONS & set(given)):
        value = given[name]
        if name in _IMPORTED and is_path(value):
            try:
                value = import_string(value)
            except ImportError as error:
                message = f"STORAGES[{alias!r}] option {name!r} cannot be imported: {error}."
                problems.append(Problem("E011", (alias,), message, "Correct the dotted path."))
                continue
        fits, what = _KINDS[name]
        if fits(value) or (value is None and name in _OPTIONAL_NONE):
            continue
        is_endpoint = name.endswith("endpoint")
        # The value of a key, token or proxy is never repeated, nor a user in an endpoint.
        shown = "its value"
        if name in _SHOWN and not is_endpoint:
            shown = repr(value)
        elif is_endpoint and isinstance(value, str):
            shown = repr(value.rpartition("@")[2])
        problems.append(
            Problem(
                "E004" if is_endpoint else "E005",
                (alias,),
                f"STORAGES[{alias!r}] option {name!r}: {shown} is not valid.",
                f"It takes {what}." + (" TLS is the option 'secure'." if is_endpoint else ""),
            )
        )
    if problems:
        return None, problems
    options = BackendOptions(**{n: v for n, v in given.items() if n in BACKEND_OPTIONS})
    problems = list(key_problems(alias, given, options))
    return (None, problems) if problems else (options, [])


def _required(given: Mapping[str, Any]) -> frozenset[str]:
    return _REQUIRED | _FIXED_KEY if needs_fixed_key(given) else _REQUIRED


# A URL that is wrong may be so for the password or the signature in it.
_SHOWN = frozenset(f.name for f in fields(BackendOptions) if f.repr) - {"public_url"}

"""From a request to a tenant key.

A resolver is a callable ``(request) -> key``, plain or async: text, a whole number or a UUID. None
leaves the question to the next one in ``TENANT_MINIO["RESOLVERS"]``. A class is made once, without
arguments, and reads its settings live. Where a resolver does I/O it may offer ``aresolve(request)``
for async servers; a plain function without one is run in a thread there, since it may ask the
database.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

from asgiref.sync import async_to_sync, sync_to_async
from django.conf import settings
from django.http import HttpRequest

from tenant_minio.conf import conf, load
from tenant_minio.exceptions import InvalidBackendError
from tenant_minio.tenants.callables import is_coroutine
from tenant_minio.tenants.context import key_of

Resolver = Callable[[HttpRequest], Any]

_SESSIONS = "django.contrib.sessions.middleware.SessionMiddleware"
_AUTHENTICATION = "django.contrib.auth.middleware.AuthenticationMiddleware"


def host_of(text: str) -> str:
    """The host in a Host header: without port and last dot, in lower case (RFC 9110, 4.2.3)."""
    host = text.lower()
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0].rstrip(".")


def _base_domains() -> list[str]:
    given = conf.get("BASE_DOMAINS") or [
        host for host in settings.ALLOWED_HOSTS if host.startswith(".")
    ]
    return [domain.strip(".").lower() for domain in given]


class SubdomainResolver:
    """``acme.example.com`` is tenant ``acme``.

    The domains below which tenants live are ``BASE_DOMAINS``, else the entries of
    ``ALLOWED_HOSTS`` that begin with a dot. With neither, the first label of a host of two or
    more is taken. ``www`` and labels two levels down are no tenants.
    """

    waits = False

    def __call__(self, request: HttpRequest) -> str | None:
        host = host_of(request.get_host())
        domains = _base_domains()
        label, _, rest = host.partition(".")
        if rest and (rest in domains if domains else _address(host) is None):
            return label if label != "www" else None
        return None


class HostResolver:
    """The tenant that ``HOSTS`` names for exactly this host."""

    waits = False

    def __call__(self, request: HttpRequest) -> str | None:
        hosts: dict[str, str] = conf.get("HOSTS")
        return hosts.get(host_of(request.get_host()))


class HeaderResolver:
    """The tenant that a trusted proxy names in ``HEADER``.

    Anyone can send a header, so it counts only where the address of the peer is one of
    ``TRUSTED_PROXIES`` (addresses or networks). X-Forwarded-For is not consulted.
    """

    waits = False

    def __call__(self, request: HttpRequest) -> str | None:
        peer = _address(request.META.get("REMOTE_ADDR", ""))
        networks = _networks(tuple(conf.get("TRUSTED_PROXIES")))
        if peer is None or not any(peer in network for network in networks):
            return None
        return request.headers.get(conf.get("HEADER")) or None


class PathResolver:
    """The first segment of the path below ``PATH_PREFIX``: ``/t/acme/docs`` is ``acme``."""

    waits = False

    def __call__(self, request: HttpRequest) -> str | None:
        prefix = "/" + conf.get("PATH_PREFIX").strip("/")
        prefix = prefix if prefix == "/" else prefix + "/"
        if not request.path_info.startswith(prefix):
            return None
        return request.path_info[len(prefix) :].partition("/")[0] or None


class SessionResolver:
    """The tenant that the session holds under ``SESSION_KEY``. Stand after SessionMiddleware."""

    waits = True

    def __call__(self, request: HttpRequest) -> str | None:
        key = conf.get("SESSION_KEY")
        return key_of(_session(request).get(key), f"The session's {key!r}")

    async def aresolve(self, request: HttpRequest) -> str | None:
        """The same without blocking the event loop."""
        key = conf.get("SESSION_KEY")
        return key_of(await _session(request).aget(key), f"The session's {key!r}")


def _session(request: HttpRequest) -> Any:
    return _set_by(_SESSIONS, request, "session")


class UserResolver:
    """The tenant of the signed-in user: the attribute ``USER_ATTRIBUTE``, dots follow relations.

    Stand after AuthenticationMiddleware.
    """

    waits = True

    def __call__(self, request: HttpRequest) -> str | None:
        value: Any = _set_by(_AUTHENTICATION, request, "user")
        if not value.is_authenticated:
            return None
        for attribute in conf.get("USER_ATTRIBUTE").split("."):
            value = getattr(value, attribute, None)
        return key_of(value, f"The user's {conf.get('USER_ATTRIBUTE')!r}")


def configured() -> list[Resolver]:
    """The resolvers that ``TENANT_MINIO["RESOLVERS"]`` names, ready to ask.

    Raises:
        InvalidBackendError: it is no list of callables or of their dotted paths.
    """
    entries = conf.get("RESOLVERS")
    if not isinstance(entries, list | tuple):
        raise InvalidBackendError(
            f"TENANT_MINIO['RESOLVERS'] is {entries!r}. Write a list of dotted paths."
        )
    found = [load(entry, "RESOLVERS") if isinstance(entry, str) else entry for entry in entries]
    ready = [entry() if isinstance(entry, type) else entry for entry in found]
    for resolver in ready:
        if not callable(resolver):
            raise InvalidBackendError(
                f"TENANT_MINIO['RESOLVERS'] names {resolver!r}, which is not callable."
            )
    return ready


def ask(resolver: Resolver, request: HttpRequest) -> str | None:
    """The key that one resolver finds, or None. For sync code: one that is async is waited for.

    Raises:
        InvalidTenantError: it answers what is no key.
    """
    if is_coroutine(resolver):
        return async_to_sync(aask)(resolver, request)
    return _answer(resolver, resolver(request))


async def aask(resolver: Resolver, request: HttpRequest) -> str | None:
    """:func:`ask` for async code, without blocking the event loop."""
    own = getattr(resolver, "aresolve", None)
    if own is not None:
        return _answer(resolver, await own(request))
    if is_coroutine(resolver):
        return _answer(resolver, await resolver(request))
    if getattr(resolver, "waits", True):
        return _answer(resolver, await sync_to_async(resolver)(request))
    return _answer(resolver, resolver(request))


def _answer(resolver: Resolver, value: object) -> str | None:
    return key_of(value, f"The answer of the resolver {resolver!r}")


def _set_by(middleware: str, request: HttpRequest, attribute: str) -> Any:
    """What another middleware puts on the request."""
    if not hasattr(request, attribute):
        raise InvalidBackendError(
            f"This tenant resolver needs request.{attribute}. In MIDDLEWARE, "
            f"'tenant_minio.middleware.TenantMiddleware' must stand after {middleware!r}."
        )
    return getattr(request, attribute)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """The IP address that ``text`` is; one of IPv4 also as a socket for both shows it."""
    try:
        address = ip_address(text.strip("[]"))
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


@lru_cache(maxsize=8)
def _networks(proxies: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(proxy, strict=False) for proxy in proxies)

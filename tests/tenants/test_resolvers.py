"""Tenants by header, path, session, user, or a callable of one's own."""

import asyncio
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from django.http import HttpRequest
from django.test import RequestFactory, override_settings

from tenant_minio import current_tenant
from tenant_minio.exceptions import InvalidBackendError
from tenant_minio.tenants.resolvers import (
    HeaderResolver,
    PathResolver,
    SessionResolver,
    UserResolver,
    aask,
    ask,
    configured,
)

Settings = dict[str, Any]


def request(path: str = "/", peer: str = "10.0.0.1", **headers: str) -> HttpRequest:
    return RequestFactory().get(path, REMOTE_ADDR=peer, headers=headers)


PROXIES = ["10.0.0.1", "192.168.0.0/16", "172.16.5.7/12", "2001:db8::/32", "::1"]


@pytest.mark.parametrize(
    "peer",
    ["10.0.0.1", "192.168.77.1", "172.31.0.9", "2001:db8::9", "2001:DB8:0::9", "::1", "[::1]"],
)
def test_header_of_a_trusted_proxy_counts(peer: str) -> None:
    with override_settings(TENANT_MINIO={"TRUSTED_PROXIES": PROXIES}):
        assert HeaderResolver()(request(peer=peer, **{"X-Tenant": "acme"})) == "acme"
        assert HeaderResolver()(request(peer=peer)) is None
        assert HeaderResolver()(request(peer=peer, **{"X-Tenant": ""})) is None


@pytest.mark.parametrize(
    "peer",
    [
        *[
            "10.0.0.2",
            "8.8.8.8",
            "192.169.0.1",
            "2001:db9::1",
            "::2",
            "::ffff:8.8.8.8",
            "",
            "unix:",
        ],
        *[
            "localhost",
            "10.0.0.1, 8.8.8.8",
            "10.0.0.1:80",
            " ",
            "010.0.0.1",
            "10.0.0.1/32",
            "[",
            "[]",
        ],
    ],
)
def test_header_of_anyone_else_is_ignored(peer: str) -> None:
    spoofed = {"X-Tenant": "acme", "X-Forwarded-For": "10.0.0.1", "X-Real-IP": "10.0.0.1"}
    with override_settings(TENANT_MINIO={"TRUSTED_PROXIES": PROXIES}):
        assert HeaderResolver()(request(peer=peer, **spoofed)) is None


def test_header_is_ignored_where_no_proxy_is_trusted() -> None:
    with override_settings(TENANT_MINIO={}):
        assert HeaderResolver()(request(peer="127.0.0.1", **{"X-Tenant": "acme"})) is None


def test_proxy_over_ipv4_is_trusted_on_a_socket_for_both() -> None:
    """A server that listens on ``::`` sees IPv4 peers as ``::ffff:a.b.c.d`` (RFC 4291)."""
    with override_settings(TENANT_MINIO={"TRUSTED_PROXIES": ["10.0.0.0/8"]}):
        peer = request(peer="::ffff:10.1.2.3", **{"X-Tenant": "acme"})
        assert HeaderResolver()(peer) == "acme"


def test_request_without_a_peer_address_is_not_trusted() -> None:
    anonymous = request(**{"X-Tenant": "acme"})
    del anonymous.META["REMOTE_ADDR"]
    with override_settings(TENANT_MINIO={"TRUSTED_PROXIES": ["0.0.0.0/0", "::/0"]}):
        assert HeaderResolver()(anonymous) is None


def test_name_of_the_header_is_a_setting() -> None:
    given = {"TRUSTED_PROXIES": ["10.0.0.0/8"], "HEADER": "X-Account"}
    with override_settings(TENANT_MINIO=given):
        both = request(**{"X-Tenant": "acme", "X-Account": "globex"})
        assert HeaderResolver()(both) == "globex"


@pytest.mark.parametrize("prefix", ["/t/", "t", "/t", "t/"])
@pytest.mark.parametrize(
    ("path", "tenant"),
    [
        *[
            ("/t/acme/docs", "acme"),
            ("/t/acme/", "acme"),
            ("/t/acme", "acme"),
            ("/t/a%20b/x", "a b"),
        ],
        *[("/t/", None), ("/t", None), ("/", None), ("/tt/acme", None), ("/x/t/acme", None)],
        *[("/t//acme", None), ("/T/acme", None), ("/t/ac%2Fme/x", "ac"), ("/t%2Facme/x", "acme")],
    ],
)
def test_tenant_is_the_segment_below_the_path_prefix(
    prefix: str, path: str, tenant: str | None
) -> None:
    with override_settings(TENANT_MINIO={"PATH_PREFIX": prefix}):
        assert PathResolver()(request(path)) == tenant


@pytest.mark.parametrize(
    ("path", "tenant"), [("/acme/docs", "acme"), ("/acme", "acme"), ("/", None)]
)
@pytest.mark.parametrize("given", [{}, {"PATH_PREFIX": "/"}, {"PATH_PREFIX": ""}], ids=str)
def test_first_segment_counts_without_a_prefix(
    given: Settings, path: str, tenant: str | None
) -> None:
    with override_settings(TENANT_MINIO=given):
        assert PathResolver()(request(path)) == tenant


class Session(dict[str, Any]):
    """As Django's, which can be asked either way."""

    async def aget(self, key: str, default: Any = None) -> Any:
        return self.get(key, default)


@pytest.mark.parametrize(
    ("held", "tenant"),
    [
        ({"tenant": "acme"}, "acme"),
        ({"tenant": 7}, "7"),
        ({"tenant": ""}, None),
        ({"tenant": None}, None),
        ({}, None),
    ],
)
async def test_session_names_the_tenant(held: Settings, tenant: str | None) -> None:
    asked: Any = request()
    asked.session = Session(held)
    resolver = SessionResolver()
    assert resolver(asked) == tenant
    assert await aask(resolver, asked) == tenant


async def test_key_of_the_session_is_a_setting() -> None:
    asked: Any = request()
    asked.session = Session(tenant="acme", account="globex")
    with override_settings(TENANT_MINIO={"SESSION_KEY": "account"}):
        assert SessionResolver()(asked) == "globex"
        assert await aask(SessionResolver(), asked) == "globex"


def user(*, signed_in: bool = True, **attributes: Any) -> Any:
    asked: Any = request()
    asked.user = SimpleNamespace(is_authenticated=signed_in, **attributes)
    return asked


@pytest.mark.parametrize(
    ("asked", "attribute", "tenant"),
    [
        (user(tenant="acme"), "tenant", "acme"),
        (user(tenant_id=7), "tenant_id", "7"),
        (user(account=SimpleNamespace(slug="acme")), "account.slug", "acme"),
        (user(account=None), "account.slug", None),
        (user(), "account.slug", None),
        (user(tenant=""), "tenant", None),
        (user(tenant=None), "tenant", None),
        (user(signed_in=False, tenant="acme"), "tenant", None),
    ],
)
async def test_user_names_the_tenant(asked: Any, attribute: str, tenant: str | None) -> None:
    with override_settings(TENANT_MINIO={"USER_ATTRIBUTE": attribute}):
        assert UserResolver()(asked) == tenant
        assert await aask(UserResolver(), asked) == tenant


def by_function(asked: HttpRequest) -> str | None:
    """A resolver of one's own."""
    return asked.GET.get("tenant")


async def by_coroutine(asked: HttpRequest) -> str | None:
    """One for async servers."""
    return asked.GET.get("tenant")


class ByObject:
    """One that is made once, and knows nothing of ``waits``."""

    def __call__(self, asked: HttpRequest) -> str | None:
        return current_tenant() or asked.GET.get("tenant")


class ByCoroutineObject:
    """One for async servers."""

    async def __call__(self, asked: HttpRequest) -> str | None:
        return asked.GET.get("tenant")


class ByEither:
    """One that can be asked either way."""

    def __call__(self, asked: HttpRequest) -> str | None:
        return asked.GET.get("tenant")

    async def aresolve(self, asked: HttpRequest) -> str | None:
        return asked.GET.get("tenant")


by_partial = partial(ByCoroutineObject())


@pytest.mark.parametrize(
    "name",
    ["by_function", "by_coroutine", "by_partial", "ByObject", "ByCoroutineObject", "ByEither"],
)
async def test_own_callable_is_asked_from_any_code(name: str) -> None:
    given = {"RESOLVERS": [f"tests.tenants.test_resolvers.{name}"]}
    with override_settings(TENANT_MINIO=given):
        [resolver] = configured()
    for query, tenant in [("?tenant=acme", "acme"), ("?tenant=", None), ("", None)]:
        asked = request(f"/{query}")
        assert await aask(resolver, asked) == tenant
        assert await asyncio.to_thread(ask, resolver, asked) == tenant


@pytest.mark.parametrize(
    ("resolver", "told"),
    [
        (SessionResolver(), ["request.session", "SessionMiddleware"]),
        (UserResolver(), ["request.user", "AuthenticationMiddleware"]),
    ],
)
async def test_resolver_before_the_middleware_it_needs_says_so(
    resolver: Any, told: list[str]
) -> None:
    with pytest.raises(InvalidBackendError, match=rf"{told[0]}.*must stand after.*{told[1]}"):
        ask(resolver, request())
    with pytest.raises(InvalidBackendError, match=rf"{told[0]}.*must stand after.*{told[1]}"):
        await aask(resolver, request())


@pytest.mark.parametrize("given", [5, None, "tests.tenants.test_resolvers.by_function", [5]])
def test_resolvers_that_are_no_list_of_callables_are_named(given: Any) -> None:
    with (
        override_settings(TENANT_MINIO={"RESOLVERS": given}),
        pytest.raises(InvalidBackendError, match=r"TENANT_MINIO\['RESOLVERS'\]"),
    ):
        configured()


@pytest.mark.parametrize("path", ["tests.tenants.test_resolvers.absent", "nothing.here"])
def test_path_that_cannot_be_imported_is_named(path: str) -> None:
    with (
        override_settings(TENANT_MINIO={"RESOLVERS": [path]}),
        pytest.raises(InvalidBackendError, match=rf"TENANT_MINIO\['RESOLVERS'\].*{path}"),
    ):
        configured()

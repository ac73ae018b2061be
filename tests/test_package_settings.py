"""Every wrong setting of TENANT_MINIO is named with value and remedy; none breaks the checks."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import override_settings

from tenant_minio.middleware import TenantMiddleware
from tenant_minio.tenants.resolvers import SubdomainResolver

from .test_checks import backend, found, routing

MIDDLEWARE = "tenant_minio.middleware.TenantMiddleware"
SUBDOMAIN = "tenant_minio.tenants.resolvers.SubdomainResolver"


async def nobody_waits(_key: str) -> bool:
    return True


@pytest.mark.parametrize(
    ("given", "code", "told"),
    [
        ({"RESOLVER": []}, "E012", ["'RESOLVER'", "'RESOLVERS'"]),
        (
            {"RESOLVERS": "tenant_minio.tenants.resolvers.HostResolver"},
            "E012",
            ["RESOLVERS", "list"],
        ),
        ({"RESOLVERS": ["no.such.Resolver"]}, "E011", ["RESOLVERS", "no.such.Resolver"]),
        ({"CURRENT": "no.such.current"}, "E011", ["CURRENT", "no.such.current"]),
        ({"TENANTS": "tenant_minio.__version__"}, "E012", ["TENANTS", "callable"]),
        ({"EXISTS": f"{__name__}.nobody_waits"}, "E012", ["EXISTS", "coroutine"]),
        ({"ENTER": f"{__name__}.nobody_waits"}, "E012", ["ENTER", "coroutine"]),
        ({"REFERENCES": "shop.files.history"}, "E012", ["REFERENCES", "list"]),
        ({"REFERENCES": ["no.such.history"]}, "E011", ["REFERENCES", "no.such.history"]),
        ({"REFERENCES": [f"{__name__}.nobody_waits"]}, "E012", ["REFERENCES", "coroutine"]),
        ({"HEALTH_INTERVAL": 0}, "E012", ["HEALTH_INTERVAL", "seconds"]),
        ({"HEALTH_INTERVAL": "10"}, "E012", ["HEALTH_INTERVAL", "seconds"]),
        ({"HEALTH_INTERVAL": True}, "E012", ["HEALTH_INTERVAL", "seconds"]),
        ({"SUBSCRIBERS": "shop.metrics.count"}, "E012", ["SUBSCRIBERS", "list"]),
        ({"SUBSCRIBERS": ["no.such.count"]}, "E011", ["SUBSCRIBERS", "no.such.count"]),
        ({"SUBSCRIBERS": [f"{__name__}.nobody_waits"]}, "E012", ["SUBSCRIBERS", "coroutine"]),
        ({"TRUSTED_PROXIES": ["10.0.0.0/33"]}, "E012", ["TRUSTED_PROXIES", "10.0.0.0/33"]),
        ({"TRUSTED_PROXIES": [5]}, "E012", ["TRUSTED_PROXIES", "5", "networks as text"]),
        ({"TRUSTED_PROXIES": "10.0.0.1"}, "E012", ["TRUSTED_PROXIES", "'10.0.0.1'", "list"]),
        ({"HOSTS": {"Acme.example.com": "acme"}}, "E012", ["HOSTS", "Acme.example.com"]),
        ({"HOSTS": {"acme.com:80": "acme"}}, "E012", ["HOSTS", "acme.com:80", "port"]),
        ({"HOSTS": {"[::1]:80": "acme"}}, "E012", ["HOSTS", "[::1]:80", "port"]),
        ({"HOSTS": {1: "x"}}, "E012", ["HOSTS", "(1, 'x')", "dict of hosts"]),
        ({"HOSTS": {"acme.com": 1}}, "E012", ["HOSTS", "('acme.com', 1)", "keys of tenants"]),
        ({"HOSTS": ["a"]}, "E012", ["HOSTS", "['a']", "dict"]),
        ({"CHECK_ON_START": "eu"}, "E012", ["CHECK_ON_START", "'eu'", "list of aliases"]),
        ({"CHECK_ON_START": ["nope"]}, "E012", ["CHECK_ON_START", "'nope'", "STORAGES"]),
        ({"CHECK_ON_START": [["eu"]]}, "E012", ["CHECK_ON_START", "['eu']", "STORAGES"]),
        ({"CHECK_ON_START": 1}, "E012", ["CHECK_ON_START", "1", "True"]),
        ({"PASS_THROUGH": None}, "E012", ["PASS_THROUGH", "None", "list of paths"]),
        ({"PASS_THROUGH": ["admin/"]}, "E012", ["PASS_THROUGH", "'admin/'", 'begin with "/"']),
        ({"PASS_THROUGH": [5]}, "E012", ["PASS_THROUGH", "5", 'begin with "/"']),
        ({"REQUIRE_TENANT": "False"}, "E012", ["REQUIRE_TENANT", "'False'", "environment"]),
        ({"HEADER": 3}, "E012", ["HEADER", "3", "name of a header"]),
        ({"PATH_PREFIX": None}, "E012", ["PATH_PREFIX", "None", "path"]),
        ({"RESOLVERS": 5}, "E012", ["RESOLVERS", "5", "list"]),
        ({"RESOLVERS": None}, "E012", ["RESOLVERS", "None", "list"]),
        ({"RESOLVERS": [5]}, "E012", ["RESOLVERS", "5", "callable"]),
        ({"CURRENT": 5}, "E012", ["CURRENT", "5", "callable"]),
        ({"SESSION_KEY": 1}, "E012", ["SESSION_KEY", "1", "string"]),
        ({"USER_ATTRIBUTE": ""}, "E012", ["USER_ATTRIBUTE", "''", "attribute"]),
        ({"USER_ATTRIBUTE": "account..slug"}, "E012", ["USER_ATTRIBUTE", "'account..slug'"]),
        ({"TENANT_KEY_FIELD": 1}, "E012", ["TENANT_KEY_FIELD", "1", "column"]),
        ({"BASE_DOMAINS": [1]}, "E012", ["BASE_DOMAINS", "1", "domains"]),
        ({"BASE_DOMAINS": ["*.example.com"]}, "E012", ["BASE_DOMAINS", "'*.example.com'"]),
        ({"BASE_DOMAINS": 1, "RESOLVERS": [SUBDOMAIN]}, "E012", ["BASE_DOMAINS", "1", "list"]),
        ({1: "x"}, "E012", ["1", "Known"]),
        ([("RESOLVERS", [])], "E012", ["TENANT_MINIO", "dict"]),
        ("text", "E012", ["TENANT_MINIO", "dict"]),
    ],
)
def test_wrong_package_settings_are_named(
    given: Any, code: str, told: list[str], use_storages: Callable[..., None]
) -> None:
    use_storages(eu=backend())
    with override_settings(TENANT_MINIO=given):
        texts = [text for number, text in found() if number == code]
    assert any(all(word in text for word in told) for text in texts), texts


def test_good_package_settings_pass(settings: Any, use_storages: Callable[..., None]) -> None:
    settings.MIDDLEWARE = [MIDDLEWARE]
    settings.TENANT_MINIO = {
        "RESOLVERS": (SUBDOMAIN, lambda _request: None),
        "CURRENT": None,
        "TENANTS": list,
        "REQUIRE_TENANT": False,
        "PASS_THROUGH": {"/healthz", "/admin/"},
        "BASE_DOMAINS": [".example.com", "localhost", "a-b.example.org."],
        "HOSTS": {"[::1]": "local", "127.0.0.1": "four", "files.acme.com": "acme"},
        "HEADER": "X-Account",
        "TRUSTED_PROXIES": ["10.0.0.1", "10.0.0.9/8", "::1"],
        "PATH_PREFIX": "",
        "SESSION_KEY": "account",
        "USER_ATTRIBUTE": "account.slug",
        "TENANT_KEY_FIELD": "slug",
        "CHECK_ON_START": ["eu"],
    }
    use_storages(default=routing(), eu=backend())
    assert found() == []


def test_alias_to_look_at_whose_entry_is_wrong_is_told_of_once(
    settings: Any, use_storages: Callable[..., None]
) -> None:
    settings.TENANT_MINIO = {"CHECK_ON_START": ["eu"]}
    use_storages(eu=backend(secure="False"))
    assert [code for code, _text in found()] == ["E005"]


def passing(get_response: Any) -> Any:
    """A middleware that is a function."""
    return get_response


class OwnMiddleware(TenantMiddleware):
    """One that a project made its own."""


class OwnResolver(SubdomainResolver):
    """One that a project made its own."""


OTHERS = [f"{__name__}.passing", "not.there.Middleware"]
OWN = f"{__name__}.OwnMiddleware"


@pytest.mark.parametrize(
    ("middleware", "given", "told"),
    [
        ([*OTHERS, MIDDLEWARE], {}, [("W001", "every request is a 404")]),
        ([MIDDLEWARE], {"REQUIRE_TENANT": False}, [("W001", "no request has one")]),
        ([*OTHERS, OWN], {}, []),
        (OTHERS, {}, []),
        (OTHERS, {"RESOLVERS": [SUBDOMAIN]}, [("W002", MIDDLEWARE)]),
        ([*OTHERS, MIDDLEWARE], {"RESOLVERS": [SUBDOMAIN]}, []),
        ([*OTHERS, OWN], {"RESOLVERS": [SUBDOMAIN]}, []),
    ],
)
def test_middleware_and_resolvers_go_together(
    settings: Any, middleware: list[str], given: dict[str, Any], told: list[tuple[str, str]]
) -> None:
    settings.MIDDLEWARE = middleware
    settings.TENANT_MINIO = given
    messages = found()
    assert [code for code, _text in messages] == [code for code, _word in told]
    assert all(word in text for (_, word), (_, text) in zip(told, messages, strict=True))


@pytest.mark.parametrize("resolver", [SUBDOMAIN, SubdomainResolver(), f"{__name__}.OwnResolver"])
@pytest.mark.parametrize(
    ("hosts", "domains", "warned"),
    [
        (["*"], [], True),
        (["example.com"], [], True),
        (["*"], ["example.com"], False),
        (["*", ".example.com"], [], False),
    ],
)
def test_subdomains_of_any_domain_are_warned_of(
    settings: Any, resolver: Any, hosts: list[str], domains: list[str], warned: bool
) -> None:
    settings.MIDDLEWARE = [MIDDLEWARE]
    settings.ALLOWED_HOSTS = hosts
    settings.TENANT_MINIO = {"RESOLVERS": [resolver], "BASE_DOMAINS": domains}
    assert [code for code, _text in found()] == ["W003"] * warned

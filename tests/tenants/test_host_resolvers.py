"""Tenants by the host of a request."""

from typing import Any

import pytest
from django.core.exceptions import DisallowedHost
from django.test import RequestFactory, override_settings

from tenant_minio.tenants.resolvers import HostResolver, SubdomainResolver


def ask(resolver: Any, host: str, **settings: Any) -> str | None:
    with override_settings(ALLOWED_HOSTS=["*"], **settings):
        found: str | None = resolver()(RequestFactory().get("/", headers={"host": host}))
    return found


@pytest.mark.parametrize(
    ("host", "tenant"),
    [
        *[
            ("acme.example.com", "acme"),
            ("acme.example.com:8000", "acme"),
            ("ACME.Example.COM", "acme"),
        ],
        *[
            ("acme.example.com.", "acme"),
            ("acme.example.com.:8000", "acme"),
            ("a-b.example.com", "a-b"),
        ],
        *[
            ("acme.example.org", "acme"),
            ("1.example.com", "1"),
            ("xn--bcher-kva.example.com", "xn--bcher-kva"),
        ],
        *[("example.com", None), ("www.example.com", None), ("WWW.example.com", None)],
        *[
            ("a.acme.example.com", None),
            ("www.acme.example.com", None),
            ("acme.www.example.com", None),
        ],
        *[("acme.example.com.evil.org", None), ("acmeexample.com", None), ("acme.evil.org", None)],
        *[("evil.org", None), ("com", None), ("localhost", None), ("acme.xexample.com", None)],
        *[("127.0.0.1", None), ("127.0.0.1:8000", None), ("[::1]", None), ("[::1]:8000", None)],
        ("[2001:db8::acme.example.com]", None),
    ],
)
def test_tenant_is_the_one_label_below_a_base_domain(host: str, tenant: str | None) -> None:
    given = {"BASE_DOMAINS": ["example.com", ".Example.ORG."]}
    try:
        assert ask(SubdomainResolver, host, TENANT_MINIO=given) == tenant
    except DisallowedHost:
        assert host == "[2001:db8::acme.example.com]"


def test_empty_label_is_no_tenant() -> None:
    assert not ask(
        SubdomainResolver, ".example.com", TENANT_MINIO={"BASE_DOMAINS": ["example.com"]}
    )


@pytest.mark.parametrize(
    ("host", "tenant"),
    [
        *[
            ("acme.example.com", "acme"),
            ("acme.example.com:8000", "acme"),
            ("www.example.com", None),
        ],
        *[
            ("a.acme.example.com", None),
            ("example.com", None),
            ("acme.other.com", None),
            ("fixed.com", None),
        ],
    ],
)
def test_base_domains_default_to_the_allowed_hosts_with_a_dot(
    host: str, tenant: str | None
) -> None:
    hosts = [".example.com", "fixed.com", "acme.other.com"]
    with override_settings(ALLOWED_HOSTS=hosts, TENANT_MINIO={}):
        assert SubdomainResolver()(RequestFactory().get("/", headers={"host": host})) == tenant


@pytest.mark.parametrize(
    ("host", "tenant"),
    [
        *[("acme.example.com", "acme"), ("acme.localhost", "acme"), ("localhost", None)],
        *[
            ("www.example.com", None),
            ("127.0.0.1", None),
            ("10.0.0.1:80", None),
            ("[::1]:8000", None),
        ],
    ],
)
def test_first_label_counts_where_no_base_domain_is_known(host: str, tenant: str | None) -> None:
    assert ask(SubdomainResolver, host, TENANT_MINIO={}) == tenant


def test_host_that_django_refuses_is_not_read() -> None:
    with (
        override_settings(ALLOWED_HOSTS=[".example.com"], TENANT_MINIO={}),
        pytest.raises(DisallowedHost),
    ):
        SubdomainResolver()(RequestFactory().get("/", headers={"host": "acme.evil.org"}))


@pytest.mark.parametrize(
    ("host", "tenant"),
    [
        *[("files.acme.com", "acme"), ("FILES.acme.com:443", "acme"), ("files.acme.com.", "acme")],
        *[("globex.org", "globex"), ("[::1]:8000", "local"), ("127.0.0.1:8000", "four")],
        *[("acme.com", None), ("x.files.acme.com", None), ("[::2]", None), ("127.0.0.2", None)],
    ],
)
def test_exact_host_names_its_tenant(host: str, tenant: str | None) -> None:
    hosts = {
        "files.acme.com": "acme",
        "globex.org": "globex",
        "[::1]": "local",
        "127.0.0.1": "four",
    }
    assert ask(HostResolver, host, TENANT_MINIO={"HOSTS": hosts}) == tenant

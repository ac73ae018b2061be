"""Plain URLs of public files: at the cluster, or where ``public_url`` says."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from tenant_minio import Route, registry, use_tenant
from tenant_minio.buckets import initialize, needs_of_storages
from tenant_minio.exceptions import InvalidBackendError
from tests.backends.test_signed_urls import get
from tests.conftest import bucket_name, entry
from tests.faults import FaultyProxy
from tests.routing import routers

CLUSTER = {"endpoint": "s3.example.com", "access_key": "a", "secret_key": "s"}
CDN = "https://cdn.example.com/"


def backend(**options: Any) -> dict[str, Any]:
    return {"BACKEND": "tenant_minio.MinioStorage", "OPTIONS": {**CLUSTER, **options}}


def routing(**options: Any) -> dict[str, Any]:
    return {"BACKEND": "tenant_minio.RoutingStorage", "OPTIONS": {"backend": "eu", **options}}


@pytest.mark.parametrize(
    ("public_url", "expected"),
    [
        (None, "https://s3.example.com/open/files/a%20b.txt"),
        (CDN, "https://cdn.example.com/files/a%20b.txt"),
        (CDN + "{bucket}/", "https://cdn.example.com/open/files/a%20b.txt"),
        ("https://{bucket}.example.com/x/", "https://open.example.com/x/files/a%20b.txt"),
        ("/media/", "/media/files/a%20b.txt"),
    ],
)
def test_public_url_stands_for_endpoint_and_bucket(
    use_storages: Callable[..., None], public_url: str | None, expected: str
) -> None:
    use_storages(plain=backend(bucket="open", prefix="files/", public=True, public_url=public_url))
    assert storages["plain"].url("a b.txt") == expected
    assert storages["plain"].urls(["a b.txt"]) == [expected]


def test_signed_urls_never_use_it(use_storages: Callable[..., None]) -> None:
    """The signature covers the host; and a private file is not served there."""
    use_storages(plain=backend(bucket="open", public=True, public_url=CDN))
    assert storages["plain"].url("f", signed=True).startswith("https://s3.example.com/open/f?X-Amz")
    use_storages(plain=backend(bucket="closed", public_url=CDN))
    assert storages["plain"].url("f").startswith("https://s3.example.com/closed/f?X-Amz")
    assert storages["plain"].url("f", signed=False) == "https://s3.example.com/closed/f"


def test_tenants_may_have_domains_of_their_own(use_storages: Callable[..., None]) -> None:
    """A route names another backend of the same cluster."""
    use_storages(
        default=routing(
            bucket="open",
            prefix="t/{tenant}/",
            public=True,
            routes={"acme": {"backend": "acme", "bucket": "acme-open", "prefix": ""}},
        ),
        eu=backend(public_url=CDN),
        acme=backend(public_url="https://files.acme.example/"),
    )
    assert registry.declared.problems == []
    with use_tenant("acme"):
        assert storages["default"].url("f") == "https://files.acme.example/f"
    with use_tenant("globex"):
        assert storages["default"].url("f") == "https://cdn.example.com/t/globex/f"


def test_one_bucket_may_hold_many_public_places(use_storages: Callable[..., None]) -> None:
    use_storages(
        default=routing(bucket="open", prefix="t/{tenant}/", public=True),
        eu=backend(bucket="open", prefix="static/", public=True, public_url=CDN),
    )
    assert registry.declared.problems == []


@pytest.mark.parametrize(
    ("public_url", "works"), [(CDN, False), (CDN + "{bucket}/", True), (None, True)]
)
def test_a_custom_router_gives_no_public_bucket_that_urls_do_not_name(
    use_storages: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    public_url: str | None,
    works: bool,
) -> None:
    answer = Route("eu", "acme-open", own_bucket=True, public=True)
    monkeypatch.setitem(routers.answers, "acme", answer)
    use_storages(
        default=routing(routers=["tests.routing.routers.listed"]),
        eu=backend(bucket="open", public=True, public_url=public_url),
    )
    if works:
        assert registry.route("default", "acme") == answer
        return
    with pytest.raises(InvalidBackendError, match=r"'acme-open', but the 'public_url' of .*'eu'"):
        registry.route("default", "acme")


NAMES = ["a b.txt", "ä/日本.txt", "1+1=2.txt", "50%.txt", "~me.txt", "q?&=#'().txt", "x:y;z@.txt"]


@pytest.mark.parametrize("through", ["endpoint", "public_url"])
def test_anyone_gets_a_public_file_of_any_name(
    minio_server: Any, use_storages: Callable[..., None], through: str
) -> None:
    proxy = FaultyProxy(minio_server.endpoint)
    options = {"bucket": bucket_name(), "public": True}
    if through == "public_url":
        options["public_url"] = f"http://{proxy.endpoint}/{{bucket}}/"
    use_storages(plain=entry(minio_server, **options))
    (outcome,) = initialize(list(needs_of_storages()))
    assert outcome.status == "created"
    storage = storages["plain"]
    for name in NAMES:
        storage.save(name, ContentFile(name.encode()))
        url = storage.url(name)
        assert "?" not in url
        assert get(url)[::2] == (200, name.encode())
        storage.delete(name)
    assert len(proxy.heads) == (len(NAMES) if through == "public_url" else 0)
    proxy.close()
    registry["plain"].connection.client.remove_bucket(bucket_name=options["bucket"])

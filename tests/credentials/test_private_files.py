"""Private files are fetched with the tenant's key, and URLs to them signed as all URLs are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import pytest
from django.core.files.base import ContentFile

from tenant_minio import use_tenant
from tenant_minio.private.views import PrivateStorageView
from tests.credentials.conftest import Users, key_of, own_key
from tests.private.conftest import asking


@pytest.fixture
def with_url_key(
    users: Users, bucket: str, routed_with: Callable[..., Any]
) -> Callable[[str], tuple[Any, str]]:
    """A storage with a file, by the option ``url_credentials``, and the backend's own key."""

    def make(url_credentials: str) -> tuple[Any, str]:
        user = users.add(bucket, f"{bucket}/*")
        options = {"credentials": "sts", "sts_duration": 4500, "url_credentials": url_credentials}
        storage = routed_with(**own_key(user), **options)
        storage.for_tenant("acme").save("f.txt", ContentFile(b"acme's"))
        return storage, user.access_key

    return make


def get(storage: Any, server: str, method: str = "GET") -> Any:
    view = PrivateStorageView.as_view(storage=storage, server_class=server)
    with use_tenant("acme"):
        return view(asking(method=method), path="f.txt")


def test_what_django_sends_is_fetched_with_the_tenants_key(
    users: Users, bucket: str, routed_with: Callable[..., Any]
) -> None:
    """A key that the server has forgotten is replaced, which shows that it was in use."""
    user = users.add(bucket, f"{bucket}/*")
    storage = routed_with(**own_key(user), credentials="sts")
    storage.for_tenant("acme").save("f.txt", ContentFile(b"acme's"))
    before = key_of(storage, "acme")
    users.revoke(user)
    answer = get(storage, "streaming")
    assert b"".join(answer) == b"acme's"
    answer.close()
    assert key_of(storage, "acme").access_key != before.access_key


@pytest.mark.parametrize("url_credentials", ["own", "tenant"])
@pytest.mark.parametrize("server", ["redirect", "x-accel-cluster"])
def test_urls_are_signed_with_the_key_that_the_option_names(
    with_url_key: Callable[[str], tuple[Any, str]], url_credentials: str, server: str
) -> None:
    storage, own = with_url_key(url_credentials)
    answer = get(storage, server)
    if server == "redirect":
        url = answer["Location"]
    else:
        path = answer["X-Accel-Redirect"].removeprefix("/private-clusters/eu")
        url = f"http://{answer['X-Cluster-Host']}{path}"
    given = parse_qs(urlsplit(url).query)
    key = own if url_credentials == "own" else key_of(storage, "acme").access_key
    assert given["X-Amz-Credential"][0].startswith(key)
    assert ("X-Amz-Security-Token" in given) == (url_credentials == "tenant")
    with urlopen(url) as fetched:
        assert fetched.read() == b"acme's"

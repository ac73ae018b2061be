"""What URLs are signed with, and that its key outlives them."""

from __future__ import annotations

import socket
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from hypothesis import given, settings
from hypothesis import strategies as st
from minio.credentials.credentials import Credentials

from tenant_minio import Route, registry
from tenant_minio.backends.options import BackendOptions
from tenant_minio.backends.s3 import S3Backend
from tenant_minio.exceptions import InvalidBackendError
from tests.credentials.conftest import Users, key_of, own_key

ROUTE = Route("eu", "media", "t/acme/")


def terms(url: str) -> dict[str, str]:
    return {name: value for name, (value,) in parse_qs(urlsplit(url).query).items()}


def end_of(url: str) -> float:
    """When the server takes it no more, in seconds since the epoch."""
    found = terms(url)
    begun = datetime.strptime(found["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    return begun.timestamp() + int(found["X-Amz-Expires"])


def test_by_default_the_backends_own_key_signs_and_nothing_is_asked(
    users: Users,
    bucket: str,
    routed_with: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    user = users.add(bucket, f"{bucket}/*")
    storage = routed_with(**own_key(user), credentials="sts").for_tenant("acme")
    with monkeypatch.context() as patch:
        patch.setattr(socket, "socket", None)
        url = storage.url("f")
    assert terms(url)["X-Amz-Credential"].startswith(user.access_key)
    assert "X-Amz-Security-Token" not in terms(url)
    storage.save("f", ContentFile(b"1"))
    with urlopen(url) as answer:
        assert answer.read() == b"1"


def test_where_the_option_says_so_the_tenants_key_signs(
    users: Users, bucket: str, routed_with: Callable[..., Any]
) -> None:
    user = users.add(bucket, f"{bucket}/*")
    options = {**own_key(user), "credentials": "sts", "sts_duration": 4500}
    storage = routed_with(**options, url_credentials="tenant")
    bound = storage.for_tenant("acme")
    bound.save("f", ContentFile(b"1"))
    url = bound.url("f")
    key = key_of(storage, "acme")
    assert terms(url)["X-Amz-Credential"].startswith(key.access_key)
    assert terms(url)["X-Amz-Security-Token"] == key.session_token
    assert bound.url("f") == url, "it is kept"
    with urlopen(url) as answer:
        assert answer.read() == b"1"
    other = storage.for_tenant("globex").url("f")
    assert terms(other)["X-Amz-Security-Token"] != key.session_token


def test_a_url_that_no_key_can_outlive_is_refused(
    users: Users, bucket: str, routed_with: Callable[..., Any]
) -> None:
    user = users.add(bucket, f"{bucket}/*")
    options = {**own_key(user), "credentials": "sts", "sts_duration": 4500}
    storage = routed_with(**options, url_credentials="tenant").for_tenant("acme")
    with pytest.raises(InvalidBackendError, match=r"eu:.*4501 seconds would outlive.*4500"):
        storage.url("f", expires=4501)
    assert storage.url("f", expires=4500)


class World:
    """A backend whose clock and source of keys are fakes."""

    def __init__(self, life: int, **options: Any) -> None:
        self.now = 1_000_000_000.0
        self.life = life
        self.ends: dict[str, float] = {}
        given = {"endpoint": "h", "access_key": "a", "secret_key": "s", **options}
        self.backend = S3Backend(
            "eu", BackendOptions(**given, credentials=self.give, url_credentials="tenant")
        )
        self.backend.urls.clock = lambda: self.now
        self.view = self.backend.for_route(ROUTE)
        self.view.connection.provider._clock = lambda: self.now  # type: ignore[attr-defined]

    def give(self, route: Route) -> Credentials:
        name = f"key{len(self.ends)}"
        self.ends[name] = self.now + self.life
        end = datetime.fromtimestamp(self.now + self.life, UTC)
        return Credentials(name, "secret", session_token="token", expiration=end)

    def url(self, expires: int | None) -> str:
        return self.view.presign("GET", "media", "t/acme/f", expires)


@settings(deadline=None)  # no test is about time
@given(
    life=st.integers(900, 10_000),
    window=st.sampled_from([0, 60, 900]),
    size=st.sampled_from([0, 100]),
    steps=st.lists(
        st.tuples(st.floats(0, 4000), st.sampled_from([None, 1, 60, 3600, 604800])), max_size=30
    ),
)
def test_no_url_outlives_its_key(
    life: int, window: int, size: int, steps: list[tuple[float, int | None]]
) -> None:
    """It is renewed before, or the URL shortened; a kept URL is of the key of now."""
    world = World(life, url_window=window, url_cache_size=size)
    for seconds, expires in steps:
        world.now += seconds
        url = world.url(expires)
        key = terms(url)["X-Amz-Credential"].partition("/")[0]
        assert world.now < end_of(url) <= world.ends[key]
        assert int(terms(url)["X-Amz-Expires"]) <= (3600 if expires is None else expires)


def test_keys_are_renewed_no_more_often_than_their_life_demands() -> None:
    """A key of 4,500 seconds signs URLs of 3,600 for a window of 900."""
    world = World(4500)
    for _second in range(0, 9000, 10):
        assert terms(world.url(None))["X-Amz-Expires"] == "3600", "and no URL is shortened"
        world.now += 10
    assert len(world.ends) <= 11


def test_a_url_stays_the_same_within_its_window_for_a_key() -> None:
    world = World(4500)
    found = []
    for _step in range(5):
        found.append(world.url(None))
        world.now += 10
    assert len(set(found)) == 1


def test_a_fixed_key_signs_as_before(use_storages: Callable[..., None]) -> None:
    """The view of a route is the backend itself, so url() costs what it cost."""
    options = {"endpoint": "h", "access_key": "a", "secret_key": "s"}
    route = {"backend": "eu", "bucket": "media", "prefix": "t/{tenant}/"}
    use_storages(
        default={"BACKEND": "tenant_minio.RoutingStorage", "OPTIONS": route},
        eu={"BACKEND": "tenant_minio.MinioStorage", "OPTIONS": options},
    )
    location = storages["default"].for_tenant("acme").locate()
    assert location.backend is registry["eu"]

"""Tenants in buckets of their own, whose prefixes are all empty, share no key either.

What judges is the wire: a proxy before the server sees which key signs what is asked of a bucket.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from django.core.files.base import ContentFile
from minio import Minio
from minio.credentials.credentials import Credentials

from tenant_minio import Route
from tenant_minio.exceptions import PermissionDeniedError
from tests.conftest import bucket_name
from tests.credentials.conftest import Users, client_with, key_of, own_key
from tests.credentials.test_server_refuses import refused
from tests.faults import FaultyProxy
from tests.isolation.judge import CrossedError

TENANTS = ["acme", "globex"]
_BUCKET = re.compile(r"\w+ /([^/? ]+)")
_KEY = re.compile(r"Credential=([^/]+)/")


class Wire(FaultyProxy):
    """Passes all on, and says whose key signed it."""

    def keys(self) -> dict[str, set[str]]:
        """The keys that signed for each bucket."""
        found: dict[str, set[str]] = defaultdict(set)
        for head in self.heads:
            if (bucket := _BUCKET.match(head)) and (key := _KEY.search(head)):
                found[bucket[1]].add(key[1])
        return found

    def verdict(self) -> None:
        """Raise CrossedError if one key signed for two buckets."""
        first, second = self.keys().values()
        if first & second:
            raise CrossedError(f"{len(first & second)} keys signed for two tenants' buckets.")


@pytest.fixture
def wire(minio_server: Any) -> Iterator[Wire]:
    made = Wire(minio_server.endpoint)
    yield made
    made.close()


@pytest.fixture
def own_buckets(judge: Minio) -> Iterator[str]:
    """A bucket for each tenant; what they are called, with ``{tenant}`` in it."""
    template = f"{bucket_name()}-{{tenant}}"
    names = [template.format(tenant=tenant) for tenant in TENANTS]
    for name in names:
        judge.make_bucket(bucket_name=name)
    yield template
    for name in names:
        for item in judge.list_objects(bucket_name=name, recursive=True):
            judge.remove_object(bucket_name=name, object_name=item.object_name)
        judge.remove_bucket(bucket_name=name)


class OneKeyEach:
    """A callable that gives each route a key, all of which may do everything."""

    def __init__(self, users: Users) -> None:
        self._users = users
        self.asked: list[Route] = []

    def __call__(self, route: Route) -> Credentials:
        self.asked.append(route)
        user = self._users.add("*", "*/*")
        return Credentials(user.access_key, user.secret_key)


@pytest.mark.parametrize("source", ["sts", "callable"])
def test_each_bucket_is_asked_with_its_tenants_key(
    source: str,
    users: Users,
    wire: Wire,
    own_buckets: str,
    minio_server: Any,
    routed_with: Callable[..., Any],
) -> None:
    keys = OneKeyEach(users)
    storage = routed_with(
        prefix="",
        in_bucket=own_buckets,
        endpoint=wire.endpoint,
        credentials="sts" if source == "sts" else keys,
        **own_key(users.add("*", "*/*")),
    )
    found: dict[str, object] = {}
    for tenant in TENANTS:
        bound = storage.for_tenant(tenant)
        # A server that refuses another's key would end the test before anything is judged.
        with suppress(PermissionDeniedError):
            bound.save("f", ContentFile(tenant.encode()))
            found[tenant] = (bound.open("f").read(), bound.listdir(""), bound.exists("g"))
    wire.verdict()
    assert found == {tenant: (tenant.encode(), ([], ["f"]), False) for tenant in TENANTS}
    routes = [storage.for_tenant(tenant).route() for tenant in TENANTS]
    assert keys.asked == (routes if source == "callable" else [])
    if source == "sts":
        stolen = client_with(minio_server, key_of(storage, "acme"))
        other = routes[1].bucket
        attempts: list[Callable[[], object]] = [
            lambda: stolen.get_object(bucket_name=other, object_name="f"),
            lambda: list(stolen.list_objects(bucket_name=other)),
        ]
        assert [refused(attempt) for attempt in attempts] == ["AccessDenied"] * 2

"""Users of a MinIO server, and storages whose data goes with credentials per tenant."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.storage import storages
from minio import Minio, MinioAdmin
from minio.credentials import StaticProvider
from minio.credentials.credentials import Credentials

from tenant_minio import registry
from tests.conftest import bucket_name, entry


@dataclass(frozen=True)
class User:
    access_key: str
    secret_key: str


class Users:
    """The users of a MinIO server, made and unmade by a client that is not under test."""

    def __init__(self, server: Any) -> None:
        self.admin = MinioAdmin(
            endpoint=server.endpoint,
            credentials=StaticProvider(server.access_key, server.secret_key),
            region="us-east-1",
            secure=server.secure,
        )
        self._made: list[str] = []

    def add(self, *resources: str) -> User:
        """A user that may do all with ``resources``: ``bucket/prefix*``."""
        found = [f"arn:aws:s3:::{name}" for name in resources]
        statement = {"Effect": "Allow", "Action": ["s3:*"], "Resource": found}
        return self.add_with({"Version": "2012-10-17", "Statement": [statement]})

    def add_with(self, policy: dict[str, Any]) -> User:
        user = User(secrets.token_hex(8), secrets.token_hex(16))
        self.admin.user_add(access_key=user.access_key, secret_key=user.secret_key)
        self._made.append(user.access_key)
        self.admin.policy_add(policy_name=user.access_key, policy=policy)
        self.admin.policy_set(policy_name=user.access_key, user=user.access_key)
        return user

    def change_secret(self, user: User) -> User:
        new = User(user.access_key, secrets.token_hex(16))
        self.admin.user_add(access_key=new.access_key, secret_key=new.secret_key)
        return new

    def disable(self, user: User) -> None:
        self.admin.user_disable(access_key=user.access_key)

    def remove(self, user: User) -> None:
        self.admin.user_remove(access_key=user.access_key)
        self._made.remove(user.access_key)

    def revoke(self, user: User, group: str = "") -> None:
        """End the keys that STS gave for a user, or those of a group.

        `mc admin accesskey sts-revoke` does it, with `--token-revoke-type` or `--all`.
        """
        query = {"tokenRevokeType": group} if group else {"fullRevoke": "true"}
        self.admin._url_open(
            method="POST",
            command=SimpleNamespace(value="revoke-tokens/builtin"),
            query_params={"user": user.access_key, **query},
        )

    def clear(self) -> None:
        for access_key in self._made:
            self.admin.user_remove(access_key=access_key)
            self.admin.policy_remove(policy_name=access_key)


@pytest.fixture
def users(minio_server: Any) -> Iterator[Users]:
    made = Users(minio_server)
    yield made
    made.clear()


@pytest.fixture
def bucket(judge: Minio) -> Iterator[str]:
    """A bucket on MinIO that is not made by the code under test, gone after the test."""
    name = bucket_name()
    judge.make_bucket(bucket_name=name)
    yield name
    for item in judge.list_objects(bucket_name=name, recursive=True):
        judge.remove_object(bucket_name=name, object_name=item.object_name)
    judge.remove_bucket(bucket_name=name)


@pytest.fixture
def judge(minio_server: Any) -> Minio:
    """Root's own client, which is not under test."""
    return client_with(minio_server, Credentials(minio_server.access_key, minio_server.secret_key))


@pytest.fixture
def routed_with(
    minio_server: Any, bucket: str, use_storages: Callable[..., None]
) -> Callable[..., Any]:
    """A RoutingStorage on MinIO whose backend has these options."""

    def make(prefix: str = "t/{tenant}/", in_bucket: str = bucket, **options: Any) -> Any:
        given = entry(minio_server)
        given["OPTIONS"] = {
            **{name: v for name, v in given["OPTIONS"].items() if not name.endswith("_key")},
            **options,
        }
        route = {"backend": "eu", "bucket": in_bucket, "prefix": prefix}
        use_storages(default={"BACKEND": "tenant_minio.RoutingStorage", "OPTIONS": route}, eu=given)
        return storages["default"]

    return make


@pytest.fixture
def sts(users: Users, bucket: str, routed_with: Callable[..., Any]) -> Any:
    """A RoutingStorage whose tenants' keys come from STS, for a user that owns the bucket."""
    return routed_with(**own_key(users.add(bucket, f"{bucket}/*")), credentials="sts")


def documented_policies(**names: str) -> list[dict[str, Any]]:
    """The policies in docs/credentials.md, with other names in place of those there."""
    text = (Path(__file__).parents[2] / "docs" / "credentials.md").read_text()
    for name, other in names.items():
        text = text.replace(name, other)
    return [json.loads(block) for block in re.findall(r"```json\n(.*?)```", text, re.DOTALL)]


def own_key(user: User) -> dict[str, str]:
    return {"access_key": user.access_key, "secret_key": user.secret_key}


def key_of(storage: Any, tenant: str) -> Credentials:
    """What the requests of a tenant are signed with now."""
    route = storage.for_tenant(tenant).route()
    backend = registry[route.backend].for_route(route)
    return backend.connection.provider.retrieve()  # type: ignore[attr-defined]


def client_with(server: Any, key: Credentials) -> Minio:
    """minio-py itself with a stolen key."""
    return Minio(
        endpoint=server.endpoint,
        access_key=key.access_key,
        secret_key=key.secret_key,
        session_token=key.session_token,
        secure=server.secure,
        region="us-east-1",
    )

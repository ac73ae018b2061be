"""A vault: one account for each tenant, on MinIO or VersityGW, as a project's own callable."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit
from xml.etree import ElementTree

import urllib3
from minio import Minio
from minio.credentials.credentials import Credentials
from minio.helpers import sha256_hash
from minio.signer import sign_v4_s3
from minio.time import to_amz_date, utcnow

from tenant_minio import Route
from tests.credentials.conftest import User, Users, documented_policies


class Accounts(Protocol):
    """What makes and unmakes accounts on a server."""

    def add(self, route: Route, *, lists: bool) -> User: ...

    def change_secret(self, user: User) -> User: ...

    def remove(self, user: User) -> None: ...


class MinioAccounts:
    """Users of MinIO, each with a policy of its own."""

    def __init__(self, users: Users) -> None:
        self._users = users

    def add(self, route: Route, *, lists: bool) -> User:
        objects = f"{route.bucket}/{route.prefix}*"
        return self._users.add(route.bucket, objects) if lists else self._users.add(objects)

    def change_secret(self, user: User) -> User:
        return self._users.change_secret(user)

    def remove(self, user: User) -> None:
        self._users.remove(user)


class GatewayAccounts:
    """Users of VersityGW, which know no policies: the bucket's policy names them."""

    def __init__(self, server: Any, root: Minio) -> None:
        self._server = server
        self._root = root
        self._statements: list[dict[str, Any]] = []

    def add(self, route: Route, *, lists: bool) -> User:
        user = User(secrets.token_hex(8), secrets.token_hex(16))
        self._admin("create-user", Access=user.access_key, Secret=user.secret_key, Role="user")
        names = {"acme-user": user.access_key, "tenants/acme/": route.prefix}
        policy = documented_policies(**names, media=route.bucket)[1]
        objects, listing = policy["Statement"]
        self._statements += [objects, listing] if lists else [objects]
        policy["Statement"] = self._statements
        self._root.set_bucket_policy(bucket_name=route.bucket, policy=json.dumps(policy))
        return user

    def change_secret(self, user: User) -> User:
        new = User(user.access_key, secrets.token_hex(16))
        self._admin(f"update-user?access={user.access_key}", Secret=new.secret_key)
        return new

    def remove(self, user: User) -> None:
        self._admin(f"delete-user?access={user.access_key}")

    def _admin(self, path: str, **values: str) -> None:
        """https://github.com/versity/versitygw/wiki/Admin-APIs"""
        root = ElementTree.Element("MutableProps" if "update" in path else "Account")
        for name, value in values.items():
            ElementTree.SubElement(root, name).text = value
        body = ElementTree.tostring(root).decode() if values else ""
        url, digest, now = f"http://{self._server.endpoint}/{path}", sha256_hash(body), utcnow()
        headers = sign_v4_s3(
            method="PATCH",
            url=urlsplit(url),
            region="us-east-1",
            headers={
                "Host": self._server.endpoint,
                "X-Amz-Date": to_amz_date(now),
                "x-amz-content-sha256": digest,
            },
            credentials=Credentials(self._server.access_key, self._server.secret_key),
            content_sha256=digest,
            date=now,
        )
        with urllib3.PoolManager() as pool:
            answer = pool.request("PATCH", url, body=body, headers=headers)
        assert answer.status in {200, 201}, answer.data


class Vault:
    """From route to credentials, as a project would write it."""

    def __init__(self, accounts: Accounts) -> None:
        self.accounts = accounts
        self.lists = True
        self.held: dict[str, User] = {}
        self.asked: list[Route] = []

    def __call__(self, route: Route) -> Credentials:
        self.asked.append(route)
        if route.prefix not in self.held:
            self.held[route.prefix] = self.accounts.add(route, lists=self.lists)
        user = self.held[route.prefix]
        return Credentials(user.access_key, user.secret_key)

    def rotate(self, route: Route) -> None:
        """A new secret; the old one is no good at once."""
        self.held[route.prefix] = self.accounts.change_secret(self.held[route.prefix])

    def revoke(self, route: Route) -> None:
        """The account is gone; the vault does not know."""
        self.accounts.remove(self.held[route.prefix])


def folder_of_users(path: Path) -> dict[str, str]:
    """The setting with which VersityGW keeps users."""
    return {"VGW_IAM_DIR": str(path)}

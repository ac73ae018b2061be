"""What every case stands on: one real MinIO, and those who work with it.

Buckets have random names, so that a server from the environment keeps what it has.
"""

from __future__ import annotations

import secrets
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from os import urandom
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import django
from django.conf import settings
from minio import Minio
from minio.deleteobjects import DeleteObject

from benchmarks.contestants.ground import Ground
from benchmarks.counting import CountingProxy
from benchmarks.field import Field
from tenant_minio.testing.servers import S3Server, start_minio

TENANT = "acme"
LARGE = 100 * 2**20
# The large file, where all contestants find it: see ``put_large``.
LARGE_NAME = "shared/large.bin"
# A server that says nothing is given up after this.
HUNG_SECONDS = 1.0
# How many requests to a cluster that is to fail may be under way at a time.
NEIGHBOUR_PLACES = 4


@dataclass(frozen=True, kw_only=True)
class Bench:
    """Servers, settings and contestants of one run.

    Args:
        field: the contestants.
        proxy: stands before the server and counts requests.
        bucket: of this run.
        refused: host:port where nothing listens.
        settings: Django's, for what is measured in this process and its children.
        folder: for temporary files.
    """

    field: Field
    server: S3Server
    proxy: CountingProxy
    bucket: str
    refused: str
    settings: dict[str, Any]
    folder: Path

    def ground(self, **changes: Any) -> Ground:
        """What the contestants are told, with what differs in a case."""
        told: dict[str, Any] = {**self.server.storage_options(), "bucket": self.bucket}
        return Ground(**{**told, **changes})

    @cached_property
    def client(self) -> Minio:
        """To prepare with, and to look what was done."""
        return Minio(
            endpoint=self.server.endpoint,
            access_key=self.server.access_key,
            secret_key=self.server.secret_key,
            secure=self.server.secure,
            region="us-east-1",
        )

    @contextmanager
    def new_bucket(self) -> Iterator[str]:
        """An empty bucket of a case's own."""
        name = f"bench-{secrets.token_hex(8)}"
        self.client.make_bucket(bucket_name=name)
        try:
            yield name
        finally:
            self.empty(name)
            self.client.remove_bucket(bucket_name=name)

    def empty(self, bucket: str) -> None:
        """Delete all that is in it."""
        found = self.client.list_objects(bucket_name=bucket, recursive=True)
        names = [DeleteObject(str(item.object_name)) for item in found]
        for error in self.client.remove_objects(bucket_name=bucket, delete_object_list=names):
            raise RuntimeError(f"{error.name} cannot be deleted: {error.message}")

    @cached_property
    def large_file(self) -> Path:
        """100 MiB that do not compress."""
        path = self.folder / "large.bin"
        with path.open("wb") as file:
            for _ in range(LARGE // 2**20):
                file.write(urandom(2**20))
        return path

    @cached_property
    def large_name(self) -> str:
        """The name under which each contestant finds the large file."""
        for key in (LARGE_NAME, f"tenants/{TENANT}/{LARGE_NAME}"):
            self.client.fput_object(
                bucket_name=self.bucket, object_name=key, file_path=str(self.large_file)
            )
        return LARGE_NAME


@contextmanager
def prepare(field: Field) -> Iterator[Bench]:
    """Start everything, configure Django, make the bucket; end it all."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="tenant-minio-bench-")))
        server = stack.enter_context(start_minio())
        proxy = stack.enter_context(CountingProxy(server.endpoint))
        silent = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=128))
        given = server.storage_options()
        name = f"bench-{secrets.token_hex(8)}"
        refused = {**given, "secure": False, "endpoint": _closed_port()}
        hung = {
            **given,
            "secure": False,
            "endpoint": f"127.0.0.1:{silent.getsockname()[1]}",
            "read_timeout": HUNG_SECONDS,
        }
        # Each operation is to wait for its own error.
        unguarded = {"breaker_failures": 0}
        bounded = {"max_concurrent": NEIGHBOUR_PLACES}
        wanted = {
            "STORAGES": {
                **_pair("default", "eu", name, given),
                **_pair("refused", "refused_eu", name, {**refused, **unguarded}),
                **_pair("hung", "hung_eu", name, {**hung, **unguarded}),
                **_pair("refused_neighbour", "refused_us", name, {**refused, **bounded}),
                **_pair("hung_neighbour", "hung_us", name, {**hung, **bounded}),
            },
            "TENANT_MINIO": {"REQUIRE_TENANT": True},
            "USE_TZ": True,
        }
        configure(wanted)
        bench = Bench(
            field=field,
            server=server,
            proxy=proxy,
            bucket=name,
            refused=refused["endpoint"],
            settings=wanted,
            folder=folder,
        )
        bench.client.make_bucket(bucket_name=name)
        try:
            yield bench
        finally:
            bench.empty(name)
            bench.client.remove_bucket(bucket_name=name)


def configure(given: dict[str, Any]) -> None:
    """Set Django up, here or in a child process."""
    settings.configure(**given)
    django.setup()


def _pair(routing: str, backend: str, name: str, options: dict[str, Any]) -> dict[str, Any]:
    """A RoutingStorage and the backend of all its tenants."""
    return {
        routing: {
            "BACKEND": "tenant_minio.RoutingStorage",
            "OPTIONS": {"backend": backend, "bucket": name, "prefix": "tenants/{tenant}/"},
        },
        backend: {"BACKEND": "tenant_minio.MinioStorage", "OPTIONS": options},
    }


def _closed_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"127.0.0.1:{listener.getsockname()[1]}"

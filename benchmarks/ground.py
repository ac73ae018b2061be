"""What every case stands on: one real MinIO, a raw client, and storages that reach it.

The bucket has a random name, so that a server from the environment keeps what it has.
"""

from __future__ import annotations

import secrets
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import django
from django.conf import settings
from minio import Minio

from benchmarks.counting import CountingProxy
from tenant_minio.testing.servers import S3Server, start_minio

TENANT = "acme"
PREFIX = "tenants/{tenant}/"
# A server that says nothing is given up after this.
HUNG_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Servers and settings of one run.

    The RoutingStorage ``default`` reaches the server; ``counted`` reaches it through ``proxy``;
    at ``refused`` nothing listens; ``hung`` takes connections and never answers.

    Args:
        rounds: of each measurement.
        settings: Django's, as a child process configures them too.
        folder: for temporary files.
    """

    rounds: int
    server: S3Server
    proxy: CountingProxy
    settings: dict[str, Any]
    folder: Path

    @property
    def floor(self) -> Minio:
        return raw_client("eu")


@contextmanager
def prepare(rounds: int) -> Iterator[Ground]:
    """Start everything, configure Django, make the bucket; end it all."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="tenant-minio-bench-")))
        server = stack.enter_context(start_minio())
        proxy = stack.enter_context(CountingProxy(server.endpoint))
        silent = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=128))
        given = server.storage_options()
        name = f"bench-{secrets.token_hex(8)}"
        nobody = {**given, "secure": False}
        wanted = {
            "STORAGES": {
                **_pair("default", "eu", name, given),
                **_pair("counted", "counted_eu", name, {**given, "endpoint": proxy.endpoint}),
                **_pair("refused", "refused_eu", name, {**nobody, "endpoint": _closed_port()}),
                **_pair(
                    "hung",
                    "hung_eu",
                    name,
                    {
                        **nobody,
                        "endpoint": f"127.0.0.1:{silent.getsockname()[1]}",
                        "read_timeout": HUNG_SECONDS,
                    },
                ),
            },
            "TENANT_MINIO": {"REQUIRE_TENANT": True},
            "USE_TZ": True,
        }
        configure(wanted)
        client = raw_client("eu")
        client.make_bucket(bucket_name=name)
        stack.callback(_remove_bucket, client)
        yield Ground(rounds=rounds, server=server, proxy=proxy, settings=wanted, folder=folder)


def bucket() -> str:
    """The bucket of this run, here or in a child process."""
    return str(settings.STORAGES["default"]["OPTIONS"]["bucket"])


def configure(given: dict[str, Any]) -> None:
    """Set Django up, here or in a child process."""
    settings.configure(**given)
    django.setup()


def raw_client(alias: str) -> Minio:
    """minio-py's own client, as its documentation makes it, with the region it would ask for."""
    options = settings.STORAGES[alias]["OPTIONS"]
    return Minio(
        endpoint=options["endpoint"],
        access_key=options["access_key"],
        secret_key=options["secret_key"],
        secure=options["secure"],
        region="us-east-1",
    )


def _remove_bucket(client: Minio) -> None:
    for item in client.list_objects(bucket_name=bucket(), recursive=True):
        client.remove_object(bucket_name=bucket(), object_name=str(item.object_name))
    client.remove_bucket(bucket_name=bucket())


def _pair(routing: str, backend: str, name: str, options: dict[str, Any]) -> dict[str, Any]:
    """A RoutingStorage and the backend of all its tenants."""
    return {
        routing: {
            "BACKEND": "tenant_minio.RoutingStorage",
            "OPTIONS": {"backend": backend, "bucket": name, "prefix": PREFIX},
        },
        backend: {"BACKEND": "tenant_minio.MinioStorage", "OPTIONS": options},
    }


def _closed_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"127.0.0.1:{listener.getsockname()[1]}"

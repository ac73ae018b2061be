"""What a run stands on: two clusters, one of them behind a proxy, and the site."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import urllib3
from minio import Minio

from benchmarks.soak.proxy import ResettingProxy
from benchmarks.soak.words import BUCKET, TENANTS, VARIABLE, cluster_of
from tenant_minio.testing.servers import S3Server, start_minio
from tenant_minio.testing.servers.local import LocalServer
from tenant_minio.testing.servers.process import Command, SupervisedProcess

_ROOT = Path(__file__).parent.parent.parent
WORKERS, _THREADS = 4, 4
# So that each fault of a second or two is felt, and is over when the next one comes.
_OPTIONS = {
    "read_timeout": 1,
    "breaker_failures": 3,
    "breaker_reset": 0.5,
    "max_concurrent": 3,
}
_PARTS = {"multipart_threshold": 5 * 2**20, "part_size": 5 * 2**20}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What runs.

    Args:
        clusters: by alias.
        proxy: before us.
        origin: of the site.
        site: its processes.
    """

    clusters: dict[str, S3Server]
    proxy: ResettingProxy
    origin: str
    site: LocalServer

    def client(self, alias: str) -> Minio:
        """To look with, past proxy and site."""
        server = self.clusters[alias]
        return Minio(
            endpoint=server.endpoint,
            access_key=server.access_key,
            secret_key=server.secret_key,
            secure=server.secure,
            region="us-east-1",
        )


@contextmanager
def prepare() -> Iterator[Ground]:
    """Start everything, and end it all."""
    with ExitStack() as stack:
        eu = stack.enter_context(start_minio(local=True))
        us = stack.enter_context(start_minio(local=True))
        proxy = stack.enter_context(ResettingProxy(us.endpoint))
        site = _start(_storages(eu, us, proxy))
        stack.callback(site.stop)
        origin = f"http://127.0.0.1:{site.port}"
        ground = Ground(clusters={"eu": eu, "us": us}, proxy=proxy, origin=origin, site=site)
        for alias in ground.clusters:
            ground.client(alias).make_bucket(bucket_name=BUCKET)
        yield ground


def _storages(eu: S3Server, us: S3Server, proxy: ResettingProxy) -> dict[str, Any]:
    routes = {tenant: {"backend": "us"} for tenant in TENANTS if cluster_of(tenant) == "us"}
    route = {"backend": "eu", "bucket": BUCKET, "prefix": "tenants/{tenant}/", "routes": routes}
    backends = {
        "eu": {**eu.storage_options(), **_OPTIONS},
        "us": {**us.storage_options(), **_OPTIONS, "endpoint": proxy.endpoint},
    }
    return {
        "default": {"BACKEND": "tenant_minio.RoutingStorage", "OPTIONS": {**route, **_PARTS}},
        **{
            alias: {"BACKEND": "tenant_minio.MinioStorage", "OPTIONS": options}
            for alias, options in backends.items()
        },
        "staticfiles": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    }


def _start(storages: dict[str, Any]) -> LocalServer:
    process = SupervisedProcess()
    settings = process.folder / "storages.json"
    settings.touch(mode=0o600)
    settings.write_text(json.dumps(storages))

    def command(port: int) -> Command:
        return Command(
            argv=[
                *(sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}"),
                *("--workers", str(WORKERS), "--threads", str(_THREADS)),
                # A new connection for each request, so that every worker gets its share.
                *(
                    "--keep-alive",
                    "0",
                    "--log-level",
                    "warning",
                    "benchmarks.soak.site:application",
                ),
            ],
            env={
                "HOME": str(process.folder),
                "PATH": "/usr/bin:/bin",
                "PYTHONPATH": str(_ROOT),
                VARIABLE: str(settings),
            },
        )

    return LocalServer("gunicorn", process, command, _answers)


def _answers(port: int) -> bool:
    try:
        # Without a tenant there is nothing to be found.
        return urllib3.request("GET", f"http://127.0.0.1:{port}/", retries=False).status == 404
    except urllib3.exceptions.HTTPError:
        return False

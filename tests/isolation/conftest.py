"""Servers that tell the judge of every call, and the storages under test on them."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.test import override_settings
from minio import Minio

from tenant_minio import current_tenant
from tenant_minio.testing.servers import S3Server, start_minio, start_versitygw

from .judge import Judge
from .labels import HARNESS, Labels, acting
from .places import TABLE, on_one_cluster, one_cluster, tenants, two_clusters
from .receiver import Seen, listening


@dataclass
class Court:
    """The servers of a session, each started when it is first asked for."""

    stack: ExitStack
    url: str = ""
    judge: Judge | None = None
    servers: dict[str, S3Server] = field(default_factory=dict)
    ready: set[str] = field(default_factory=set)
    heard: set[str] = field(default_factory=set)

    def take(self, seen: Seen) -> None:
        self.heard.add(seen.cluster)
        if self.judge is not None:
            self.judge.take(seen)

    def server(self, name: str) -> S3Server:
        """The server of this name; ``vg`` is VersityGW, every other one MinIO."""
        if name not in self.servers:
            if name == "vg":
                settings = {"VGW_LOG_WEBHOOK_URL": f"{self.url}/vg/vg"}
                server = start_versitygw(settings=settings)
            else:
                settings = {
                    "MINIO_AUDIT_WEBHOOK_ENABLE_JUDGE": "on",
                    "MINIO_AUDIT_WEBHOOK_ENDPOINT_JUDGE": f"{self.url}/minio/{name}",
                }
                server = start_minio(settings=settings)
            self.servers[name] = self.stack.enter_context(server)
            self._wait_until_heard(name)
        return self.servers[name]

    def _wait_until_heard(self, name: str) -> None:
        """MinIO answers a moment before it logs, and what it was asked until then is not told."""
        client = self.client(name, Labels())
        deadline = time.monotonic() + 60
        while name not in self.heard:
            assert time.monotonic() < deadline, f"{name} tells nothing of what it is asked"
            client.list_buckets()
            time.sleep(0.02)

    def options(self) -> dict[str, dict[str, object]]:
        """Of the storages ``one`` and ``two``, for programs beside this one."""
        return {name: self.server(name).storage_options() for name in ("one", "two")}

    def client(self, name: str, labels: Labels) -> Minio:
        """minio-py's own client, for what the harness does itself."""
        server = self.server(name)
        return Minio(
            endpoint=server.endpoint,
            access_key=server.access_key,
            secret_key=server.secret_key,
            secure=False,
            region="us-east-1",
            http_client=labels.make_pool(),
        )


@pytest.fixture(scope="session")
def court() -> Iterator[Court]:
    with ExitStack() as stack:
        court = Court(stack)
        court.url = stack.enter_context(listening(court.take))
        yield court


@dataclass
class World:
    """The storages under test in one test, the truth about them, and the judge."""

    judge: Judge
    clients: dict[str, Minio]
    silent: bool = False

    @property
    def storage(self) -> Any:
        return default_storage

    def buckets(self) -> Iterator[tuple[str, Minio, str]]:
        for cluster, bucket in sorted({(p.cluster, p.bucket) for p in self.judge.table.values()}):
            yield cluster, self.clients[cluster], bucket

    def truth(self) -> dict[tuple[str, str, str], bytes]:
        """All that is on the servers, by cluster, bucket and key."""
        found = {}
        with acting(HARNESS):
            for cluster, client, bucket in self.buckets():
                for item in client.list_objects(bucket_name=bucket, recursive=True):
                    key = str(item.object_name)
                    with client.get_object(bucket_name=bucket, object_name=key) as answer:
                        found[cluster, bucket, key] = answer.read()
        return found

    def put(self, tenant: str, name: str, content: bytes) -> None:
        """Place a file where the table says that it belongs, past the package."""
        place = self.judge.table[tenant]
        with acting(HARNESS):
            self.clients[place.cluster].put_object(
                bucket_name=place.bucket,
                object_name=place.prefix + name,
                data=io.BytesIO(content),
                length=len(content),
            )

    def expected(self, files: dict[str, dict[str, bytes]]) -> dict[tuple[str, str, str], bytes]:
        """What :meth:`truth` must be if the tenants have these files."""
        return {
            (place.cluster, place.bucket, place.prefix + name): content
            for tenant, named in files.items()
            for name, content in named.items()
            for place in [self.judge.table[tenant]]
        }

    def clean(self) -> None:
        with acting(HARNESS):
            for _cluster, client, bucket in self.buckets():
                for item in client.list_objects(bucket_name=bucket, recursive=True):
                    client.remove_object(bucket_name=bucket, object_name=str(item.object_name))
        self.judge.forget()

    def expect_silence(self) -> None:
        """Nothing may be asked of any server for a tenant in this test."""
        self.silent = True


def _stand(court: Court, world: World, entries: dict[str, Any], use_storages: Any) -> None:
    use_storages(**entries)
    name = "+".join(sorted(world.clients))
    # A bucket is opened only once all who may use it are known.
    with acting(HARNESS), override_settings(TENANT_MINIO={"TENANTS": tenants}):
        if name not in court.ready:
            chosen = [f"--tenant={tenant}" for tenant in world.judge.table if tenant != "*"]
            call_command("initialize_buckets", *chosen, "--silenced")
            court.ready.add(name)
    world.clean()


def _options(court: Court, name: str, labels: Labels) -> dict[str, Any]:
    return {**court.server(name).storage_options(), "http_client": labels.make_pool}


def _judged(
    court: Court, table: Any, names: list[str], entries: Callable[..., Any], use_storages: Any
) -> Iterator[World]:
    court.judge = judge = Judge(table)
    world = World(judge, {name: court.client(name, judge.labels) for name in names})
    options = [_options(court, name, judge.labels) for name in names]
    _stand(court, world, entries(*options), use_storages)
    yield world
    judge.labels.gate = None
    try:
        judge.verdict()
        tenants = judge.tenants()
    finally:
        judge.labels.forget()
    with override_settings(TENANT_MINIO={}):
        assert current_tenant() is None, "a tenant was left open"
    assert bool(tenants) is not world.silent, "the judge saw nothing, or was not to"


@pytest.fixture
def world(court: Court, use_storages: Callable[..., None]) -> Iterator[World]:
    """All tenants of TABLE on two MinIO clusters; what they did is judged when the test ends."""
    yield from _judged(court, TABLE, ["one", "two"], two_clusters, use_storages)


@pytest.fixture(params=["one", "vg"], ids=["minio", "versitygw"])
def either_world(
    request: pytest.FixtureRequest, court: Court, use_storages: Callable[..., None]
) -> Iterator[World]:
    """Tenants on one cluster, MinIO or VersityGW, judged as in ``world``."""
    name = request.param
    yield from _judged(court, on_one_cluster(name), [name], one_cluster, use_storages)


@pytest.fixture
def site() -> Iterator[None]:
    """Pages behind TenantMiddleware, for hosts such as acme.localhost."""
    with override_settings(
        ROOT_URLCONF="tests.isolation.pages",
        MIDDLEWARE=["tenant_minio.middleware.TenantMiddleware"],
        ALLOWED_HOSTS=[".localhost"],
        TENANT_MINIO={"RESOLVERS": ["tenant_minio.tenants.resolvers.SubdomainResolver"]},
    ):
        yield

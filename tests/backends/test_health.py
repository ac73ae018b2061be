"""A cluster is available only where it answers as a healthy one, and takes the credentials."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.storage import storages

from tenant_minio import registry, use_tenant
from tenant_minio.backends.circuit import State
from tenant_minio.backends.outage import Evidence, Outage

from .answers import MARKED, Answer, answering

LISTING = b"<ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>"


def healthy(method: str, path: str, _headers: Any) -> Answer:
    if path.startswith("/minio/health"):
        return 200, {"Server": "MinIO"}, b""
    return 200, MARKED, LISTING


def unhealthy(method: str, path: str, headers: Any) -> Answer:
    if path.startswith("/minio/health"):
        return 503, {"Server": "MinIO"}, b""
    return healthy(method, path, headers)


def read_only(method: str, path: str, headers: Any) -> Answer:
    """A cluster that has lost as many drives as it may lose for reading."""
    if path == "/minio/health/cluster":
        return 503, {"Server": "MinIO"}, b""
    return healthy(method, path, headers)


def closed_read_only(method: str, path: str, headers: Any) -> Answer:
    """The same with a key that is unknown to it."""
    if path.startswith("/minio/health"):
        return read_only(method, path, headers)
    told = {**MARKED, "Content-Type": "application/xml"}
    return 403, told, b"<Error><Code>InvalidAccessKeyId</Code></Error>"


def elsewhere(method: str, path: str, headers: Any) -> Answer:
    """As VersityGW and Ceph answer a page that they do not have."""
    if path.startswith("/minio/health"):
        return 403, MARKED, b"<Error><Code>AccessDenied</Code></Error>"
    return healthy(method, path, headers)


def page(_method: str, _path: str, _headers: Any) -> Answer:
    """A web server that welcomes everybody."""
    return 200, {"Content-Type": "text/html"}, b"<html><body>Welcome!</body></html>"


def blank(_method: str, _path: str, _headers: Any) -> Answer:
    return 200, {}, b""


@pytest.mark.parametrize(
    ("answer", "available", "server", "told"),
    [
        (healthy, True, "minio", "healthy"),
        (elsewhere, True, "s3", "healthy"),
        (unhealthy, False, "minio", "503"),
        (read_only, False, "minio", "can be read, but"),
        (closed_read_only, False, "minio", "does not know the access key"),
        (page, False, "", "no S3 server"),
        (blank, False, "", "no S3 server"),
    ],
)
def test_what_answers_is_told_from_what_is_healthy(
    use_storages: Callable[..., None],
    answer: Callable[..., Answer],
    available: bool,
    server: str,
    told: str,
) -> None:
    with answering(answer) as cluster:
        use_storages(eu=cluster.storage)
        health = registry["eu"].health()
        assert (health.available, health.server) == (available, server)
        assert told in health.detail
        assert health.read_only is (answer is read_only)


def test_what_is_healthy_to_read_is_read_again(use_storages: Callable[..., None]) -> None:
    """And written once it is healthy to write."""
    outage = Outage("it cannot be reached", Evidence.NO_ANSWER)
    with answering(read_only) as cluster:
        options = {**cluster.storage["OPTIONS"], "breaker_failures": 1, "breaker_reset": 3600}
        use_storages(eu={**cluster.storage, "OPTIONS": options})
        breakers = registry["eu"].breakers
        for breaker in (breakers.reads, breakers.writes):
            breaker.failed(breaker.era, outage)
        registry["eu"].health()
        assert (breakers.reads.state, breakers.writes.state) == (State.CLOSED, State.OPEN)
        cluster.answer = healthy
        registry["eu"].health()
        assert (breakers.reads.state, breakers.writes.state) == (State.CLOSED, State.CLOSED)


def test_a_storage_says_whether_its_cluster_is_available(
    cluster: dict[str, Any], use_storages: Callable[..., None]
) -> None:
    """With or without a bucket; of a RoutingStorage the cluster of the tenant."""
    routes = {"acme": {"backend": "eu", "bucket": "a-media"}, "globex": {"backend": "dead"}}
    options = {"bucket": "media", "prefix": "{tenant}/", "routes": routes, "backend": "eu"}
    with answering(unhealthy) as dead:
        use_storages(
            eu=cluster,
            dead=dead.storage,
            default={"BACKEND": "tenant_minio.RoutingStorage", "OPTIONS": options},
        )
        assert storages["eu"].is_minio_available()
        with use_tenant("acme"):
            assert storages["default"].is_minio_available()
        with use_tenant("globex"):
            status = storages["default"].is_minio_available()
            assert not status
            assert "503" in status.detail

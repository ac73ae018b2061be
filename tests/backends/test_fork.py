"""A forked child shares no connection with its parent, nor with its brothers."""

import multiprocessing
from collections.abc import Callable
from typing import Any

import pytest
import urllib3
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from tenant_minio import registry, use_tenant
from tests.conftest import entry

TENANTS = ("acme", "globex")
ROUNDS = 10


@pytest.fixture
def pool() -> urllib3.PoolManager:
    return urllib3.PoolManager(num_pools=3, maxsize=4)


def read(tenant: str, barrier: Any, results: Any) -> None:
    """In a child: read, at the same moment as the other child."""
    try:
        with use_tenant(tenant):
            barrier.wait(10)
            results.put((tenant, storages["default"].open("f").read()[:20]))
    except BaseException as error:
        results.put((tenant, repr(error)))


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
@pytest.mark.parametrize("given", ["own", "instance", "callable"])
def test_children_read_their_own_answers(
    minio_server: Any,
    pool: urllib3.PoolManager,
    use_storages: Callable[..., None],
    new_bucket: Callable[[str], str],
    given: str,
) -> None:
    use_storages(eu=entry(minio_server))
    options = {
        "own": {},
        "instance": {"http_client": pool},
        "callable": {"http_client": lambda: pool},
    }
    routed = {"backend": "eu", "bucket": new_bucket("eu"), "prefix": "{tenant}/"}
    use_storages(
        default={"BACKEND": "tenant_minio.RoutingStorage", "OPTIONS": routed},
        eu=entry(minio_server, **options[given]),
    )
    storage = storages["default"]
    for tenant in TENANTS:
        with use_tenant(tenant):
            storage.save("f", ContentFile(tenant.encode() * 5000))
    fork = multiprocessing.get_context("fork")
    for _ in range(ROUNDS):
        with use_tenant(TENANTS[0]):
            storage.size("f")  # so that the parent has an idle connection
        idle = connections(registry["eu"].connection.client._http)
        barrier, results = fork.Barrier(2), fork.Queue()
        children = [fork.Process(target=read, args=(t, barrier, results)) for t in TENANTS]
        for child in children:
            child.start()
        found = dict(results.get(timeout=20) for _ in children)
        for child in children:
            child.join()
        assert found == {tenant: (tenant.encode() * 5000)[:20] for tenant in TENANTS}
        with use_tenant(TENANTS[0]):
            storage.size("f")
        assert connections(registry["eu"].connection.client._http) == idle


def connections(pool: urllib3.PoolManager) -> int:
    """How many connections a pool has made so far: the parent's stays open."""
    return sum(pool.pools[key].num_connections for key in pool.pools.keys())  # noqa: SIM118 -- no iterator


def test_a_given_pool_keeps_its_bounds(pool: urllib3.PoolManager) -> None:
    from tenant_minio.backends.client import forget_sockets
    from tenant_minio.backends.options import BackendOptions

    options = BackendOptions(endpoint="h", access_key="a", secret_key="s", http_client=pool)
    pool.connection_from_url("http://h")
    forget_sockets(options, [])
    for number in range(5):
        pool.connection_from_url(f"http://h{number}")
    assert len(pool.pools) == 3

"""What load balancers see."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from django.test import AsyncClient, Client, override_settings

from tenant_minio.checks import check_settings
from tenant_minio.testing.servers import start_minio, start_versitygw
from tests.conftest import MEMORY, entry

URLS = "tests.health.urls"
SUBDOMAINS = {"RESOLVERS": ["tenant_minio.tenants.resolvers.SubdomainResolver"]}
MIDDLEWARE = ["tenant_minio.middleware.TenantMiddleware"]


@pytest.fixture(autouse=True)
def _pages() -> Iterator[None]:
    with override_settings(ROOT_URLCONF=URLS, TENANT_MINIO={"HEALTH_INTERVAL": 0.05}):
        yield


def words(page: str = "/healthz") -> tuple[int, str, dict[str, str]]:
    answer = Client().get(page)
    found = answer.json()
    backends = {alias: status["status"] for alias, status in found["backends"].items()}
    return answer.status_code, found["status"], backends


def until(page: str, wanted: tuple[int, str, dict[str, str]]) -> None:
    """Ask as a load balancer does."""
    deadline = time.monotonic() + 60
    while words(page) != wanted:
        assert time.monotonic() < deadline, words(page)
        time.sleep(0.05)


@pytest.mark.parametrize("hung", ["eu", "us"])
def test_a_cluster_that_hangs_is_told_of_and_holds_nobody(
    hung: str, use_storages: Callable[..., None]
) -> None:
    """MinIO, then VersityGW, stopped by a signal before the first question."""
    other = {"eu": "us", "us": "eu"}[hung]
    with ExitStack() as stack:
        servers = {
            "eu": stack.enter_context(start_minio(local=True)),
            "us": stack.enter_context(start_versitygw(local=True)),
        }
        use_storages(**{alias: entry(server) for alias, server in servers.items()})
        servers[hung].pause()
        assert words("/healthz")[2][hung] == "unknown"
        until("/healthz", (200, "degraded", {hung: "down", other: "up"}))
        assert words("/healthz/ready") == (503, "degraded", {hung: "down", other: "up"})
        assert words(f"/healthz/ready?backend={other}") == (200, "up", {other: "up"})
        assert words(f"/healthz/ready?backend={hung}") == (503, "down", {hung: "down"})
        servers[hung].resume()
        until("/healthz/ready", (200, "up", {"eu": "up", "us": "up"}))


def test_a_stranger_learns_no_address_and_no_secret(
    minio_server: Any, use_storages: Callable[..., None]
) -> None:
    """Also not of a cluster whose error names them."""
    closed = entry(minio_server, secret_key="wrong" * 8)
    gone = entry(minio_server, endpoint="127.0.0.1:9")
    use_storages(eu=entry(minio_server), us=closed, gone=gone)
    until("/healthz", (200, "degraded", {"eu": "up", "us": "down", "gone": "down"}))
    found = Client().get("/healthz").json()
    assert set(found) == {"status", "backends"}
    for status in found["backends"].values():
        assert set(status) == {"status", "age_seconds"}
        assert 0 <= status["age_seconds"] < 60


@pytest.mark.parametrize("page", ["/healthz", "/healthz/ready"])
def test_only_get_and_head_and_nothing_is_kept(
    page: str, use_storages: Callable[..., None]
) -> None:
    use_storages(eu=MEMORY)
    assert Client().post(page).status_code == 405
    assert Client().head(page).status_code == 200
    assert "no-store" in Client().get(page)["Cache-Control"]


async def test_the_pages_answer_in_async_servers(use_storages: Callable[..., None]) -> None:
    use_storages(eu=MEMORY)
    for page in ("/healthz", "/healthz/ready"):
        answer = await AsyncClient().get(page)
        assert answer.status_code == 200
        assert set(answer.json()["backends"]) == {"eu"}


def test_a_backend_that_nobody_declares_is_not_ready(use_storages: Callable[..., None]) -> None:
    use_storages(eu=MEMORY)
    assert Client().get("/healthz/ready?backend=eu").status_code == 200
    assert Client().get("/healthz/ready?backend=eu&backend=ue").status_code == 404


def test_a_page_that_the_middleware_would_not_let_through_is_found_by_the_checks() -> None:
    with override_settings(MIDDLEWARE=MIDDLEWARE, TENANT_MINIO=SUBDOMAINS):
        [problem] = check_settings()
        assert problem.id == "tenant_minio.W008"
        assert "'/healthz', '/healthz/ready'" in problem.hint
        assert Client().get("/healthz").status_code == 404
    for open_paths in (["/healthz", "/healthz/ready"], ["/healthz", "/healthz/"]):
        given = {**SUBDOMAINS, "PASS_THROUGH": open_paths}
        with override_settings(MIDDLEWARE=MIDDLEWARE, TENANT_MINIO=given):
            assert check_settings() == []
            assert Client().get("/healthz").status_code == 200
            assert Client().get("/healthz/ready").status_code == 200


@pytest.mark.parametrize(
    "given",
    [
        {"ROOT_URLCONF": "tests.project.urls"},
        {"TENANT_MINIO": {**SUBDOMAINS, "REQUIRE_TENANT": False}},
        {"MIDDLEWARE": [], "TENANT_MINIO": {}},
    ],
)
def test_the_checks_ask_nothing_where_no_page_would_be_closed(given: dict[str, Any]) -> None:
    settings = {"MIDDLEWARE": MIDDLEWARE, "TENANT_MINIO": SUBDOMAINS, **given}
    with override_settings(**settings):
        assert check_settings() == []

"""A browser, and a site of two tenants with a MinIO behind it that both can reach."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tenant_minio.testing.servers import start_minio
from tenant_minio.testing.servers.ports import free_port
from tests.browser.site import Site, origins, running
from tests.browser.visitor import Visit, visiting
from tests.outages.toxiproxy import start_toxiproxy
from tests.programs import find, missing


@pytest.fixture(autouse=True)
def _fresh_start() -> None:
    """No storage and no database is used in this process; in Playwright's none may be."""


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    """The site. What the browser asks of the cluster goes through a toxiproxy."""
    port = free_port()
    cors = {"MINIO_API_CORS_ALLOW_ORIGIN": origins(port)}
    with (
        start_minio(settings=cors) as cluster,
        start_toxiproxy() as toxiproxy,
        toxiproxy.proxy(cluster.endpoint) as proxy,
        running(port, cluster, proxy) as site,
    ):
        yield site


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, as Debian packages it."""
    path = find("chromium")
    if path is None:
        pytest.fail(missing("chromium"), pytrace=False)
    with sync_playwright() as playwright:
        # Chromium's sandbox does not start for root.
        launched = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-background-networking"]
        )
        yield launched
        launched.close()


@pytest.fixture
def visit(browser: Browser, site: Site) -> Iterator[Visit]:
    """``visit("acme")`` is a signed-in visitor; see :func:`tests.browser.visitor.visiting`."""
    with visiting(browser, site) as visit:
        yield visit

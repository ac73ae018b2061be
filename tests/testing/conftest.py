from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tenant_minio.testing.servers import S3Server, start_minio, start_versitygw


@pytest.fixture(autouse=True)
def no_external_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers that the developer's environment names are not what is tested here."""
    for name in ("MINIO_URL", "VERSITYGW_URL", "POSTGRES_DSN"):
        monkeypatch.delenv(f"TENANT_MINIO_{name}", raising=False)


@pytest.fixture(params=[start_minio, start_versitygw], ids=["minio", "versitygw"])
def server(request: pytest.FixtureRequest) -> Iterator[S3Server]:
    """A server of each kind, for one test."""
    start: Callable[..., S3Server] = request.param
    with start(local=True) as server:
        yield server

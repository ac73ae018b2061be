from __future__ import annotations

import pytest

from tenant_minio.testing.servers import (
    ExternalServerError,
    ServerError,
    start_minio,
    start_postgres,
    start_versitygw,
)
from tests.testing.support import answers, url_of


def test_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers that the environment names are used, each once at a time, before any is started."""
    with start_minio(local=True) as first, start_minio(local=True) as second:
        monkeypatch.setenv("TENANT_MINIO_MINIO_URL", f"{url_of(first)}, {url_of(second)}/")
        with start_minio() as one, start_minio() as two, start_minio() as three:
            assert (one, two) == (first, second)
            assert three not in {first, second}
            assert (one.pid, one.data_dir) == (None, None)
            assert three.pid is not None
        assert answers(first)
        with start_minio() as again:
            assert again == first


@pytest.mark.parametrize("action", ["stop", "kill", "pause", "resume", "restart"])
def test_an_external_server_is_not_ours(action: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server of the environment can neither be stopped nor disturbed."""
    with start_versitygw(local=True) as server:
        monkeypatch.setenv("TENANT_MINIO_VERSITYGW_URL", url_of(server))
        with start_versitygw() as external, pytest.raises(ExternalServerError, match=action):
            getattr(external, action)()
        assert answers(server)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9000",
        "127.0.0.1:9000",
        "http://key:s3cret@",
        "http://key:s3cret@127.0.0.1:1",
        "ftp://key:s3cret@127.0.0.1:9000",
        "http://key:s3cret@127.0.0.1:9000/bucket",
        "http://key:s3cret@[127.0.0.1:9000",
    ],
)
def test_useless_url_in_the_environment(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unreadable URL, or one where nothing answers, is an error without the secret."""
    monkeypatch.setenv("TENANT_MINIO_MINIO_URL", url)
    with pytest.raises(ServerError, match="entry 1 of TENANT_MINIO_MINIO_URL") as caught:
        start_minio()
    assert "s3cret" not in str(caught.value)


def test_a_database_of_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    """The DSN of the environment is used as it stands, and its server cannot be stopped."""
    dsn = "postgresql://me:s3cret@db.example.com:5433/files"
    monkeypatch.setenv("TENANT_MINIO_POSTGRES_DSN", dsn)
    with start_postgres() as server:
        assert server.dsn == dsn
        assert server.pid is None
        assert "s3cret" not in repr(server)
        with pytest.raises(ExternalServerError, match="stop"):
            server.stop()


@pytest.mark.parametrize(
    ("dsn", "host"),
    [
        ("postgresql:///files?host=/run/pg&user=me", "/run/pg"),
        ("postgresql://me@%2Frun%2Fpg/files", "/run/pg"),
        ("host=/run/pg dbname=files user=me", "/run/pg"),
        ("postgresql://me@db.example.com/files", "db.example.com"),
    ],
)
def test_django_settings_of_any_dsn(dsn: str, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each form of a libpq connection string becomes an entry of DATABASES."""
    monkeypatch.setenv("TENANT_MINIO_POSTGRES_DSN", dsn)
    with start_postgres() as server:
        assert server.django_settings("django_tenants.postgresql_backend") == {
            "ENGINE": "django_tenants.postgresql_backend",
            "NAME": "files",
            "USER": "me",
            "PASSWORD": "",
            "HOST": host,
            "PORT": "",
            "OPTIONS": {},
        }


def test_django_settings_keep_other_options(monkeypatch: pytest.MonkeyPatch) -> None:
    """What Django has no key for, such as sslmode, is passed on as an option."""
    monkeypatch.setenv("TENANT_MINIO_POSTGRES_DSN", "postgresql://me@db/files?sslmode=require")
    with start_postgres() as server:
        assert server.django_settings()["OPTIONS"] == {"sslmode": "require"}

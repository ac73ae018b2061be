"""Run servers from a shell until Ctrl-C: ``python -m tenant_minio.testing.servers``.

Standard output can be sourced by a shell; with --json it is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import re
import shlex
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import NoReturn
from urllib.parse import quote

from . import PostgresServer, S3Server, ServerError, start_minio, start_postgres, start_versitygw
from .binaries import MINIO, VERSITYGW, find_or_build
from .cache import say
from .postgres import VARIABLE as POSTGRES_VARIABLE
from .start_s3 import MINIO_VARIABLE, VERSITYGW_VARIABLE

DEFAULT = ["minio:eu", "minio:us", "postgres"]
KINDS = "minio[:NAME], versitygw[:NAME] or postgres"
PROGRAMS = {"minio": MINIO, "versitygw": VERSITYGW}
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
S3_VARIABLES = {"minio": MINIO_VARIABLE, "versitygw": VERSITYGW_VARIABLE}


def server_argument(text: str) -> tuple[str, str]:
    """Read KIND or KIND:NAME."""
    match = re.fullmatch(r"(minio|versitygw)(?::([A-Za-z][A-Za-z0-9_]*))?|postgres", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not {KINDS}")
    return match[1] or text, match[2] or text


def start(kind: str) -> S3Server | PostgresServer:
    if kind == "postgres":
        return start_postgres()
    return start_minio() if kind == "minio" else start_versitygw()


def variables(servers: dict[str, S3Server | PostgresServer]) -> list[dict[str, str]]:
    """The environment variables of each server, then those by which tests find them all."""
    lines: list[dict[str, str]] = []
    urls: dict[str, list[str]] = {}
    for name, server in servers.items():
        if isinstance(server, PostgresServer):
            lines.append({POSTGRES_VARIABLE: server.dsn})
            continue
        prefix = f"TENANT_MINIO_{name.upper()}_"
        lines.append(
            {
                f"{prefix}ENDPOINT": server.endpoint,
                f"{prefix}ACCESS_KEY": server.access_key,
                f"{prefix}SECRET_KEY": server.secret_key,
            }
        )
        keys = f"{quote(server.access_key, safe='')}:{quote(server.secret_key, safe='')}"
        url = f"{'https' if server.secure else 'http'}://{keys}@{server.endpoint}"
        urls.setdefault(S3_VARIABLES[server.kind], []).append(url)
    lines.extend({variable: ",".join(values)} for variable, values in urls.items())
    return lines


def as_shell(servers: dict[str, S3Server | PostgresServer]) -> str:
    return "\n".join(
        "export " + " ".join(f"{name}={shlex.quote(value)}" for name, value in line.items())
        for line in variables(servers)
    )


def as_json(servers: dict[str, S3Server | PostgresServer]) -> str:
    return json.dumps(
        {
            name: {"kind": "postgres", "dsn": server.dsn, "pid": server.pid}
            if isinstance(server, PostgresServer)
            else {"kind": server.kind, **server.storage_options(), "pid": server.pid}
            for name, server in servers.items()
        }
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tenant_minio.testing.servers", description=__doc__
    )
    parser.add_argument(
        "servers",
        nargs="*",
        type=server_argument,
        metavar="SERVER",
        help=f"{KINDS} (default: {' '.join(DEFAULT)})",
    )
    parser.add_argument("--json", action="store_true", help="print JSON, not shell exports")
    parser.add_argument("--build", action="store_true", help="only make sure of the programs")
    options = parser.parse_args(arguments)
    wanted = options.servers or [server_argument(text) for text in DEFAULT]
    names = [name for _, name in wanted]
    if len(set(names)) < len(names):
        parser.error(f"each server needs a name of its own: {' '.join(names)}")
    # What was told to ignore a signal (nohup does so) goes on ignoring it.
    heeded = [signum for signum in SIGNALS if signal.getsignal(signum) != signal.SIG_IGN]

    def leave(*_: object) -> NoReturn:
        # A second Ctrl-C must not interrupt the servers' end.
        for signum in heeded:
            signal.signal(signum, signal.SIG_IGN)
        sys.exit(0)

    for signum in heeded:
        signal.signal(signum, leave)
    try:
        if options.build:
            build({kind for kind, _ in wanted})
        else:
            run(wanted, show=as_json if options.json else as_shell)
    except ServerError as error:
        say(str(error))
        return 1
    return 0


def build(kinds: set[str]) -> None:
    for kind in sorted(kinds & PROGRAMS.keys()):
        say(f"{kind}: {find_or_build(PROGRAMS[kind])}")


def run(
    wanted: list[tuple[str, str]], *, show: Callable[[dict[str, S3Server | PostgresServer]], str]
) -> NoReturn:
    servers: dict[str, S3Server | PostgresServer] = {}
    with ExitStack() as stack:
        for kind, name in wanted:
            servers[name] = start(kind)
            stack.enter_context(servers[name])
        print(show(servers), flush=True)
        say("ready; Ctrl-C ends the servers and removes their data")
        while True:
            signal.pause()


if __name__ == "__main__":
    sys.exit(main())

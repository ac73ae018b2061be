"""Start MinIO and VersityGW, or take them from the environment."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

from .binaries import MINIO, VERSITYGW, Program, find_or_build
from .errors import ServerError
from .external import take_external
from .local import LocalServer
from .process import Command, SupervisedProcess
from .s3 import Kind, S3Server, child_environment, s3_error

MINIO_VARIABLE = "TENANT_MINIO_MINIO_URL"
VERSITYGW_VARIABLE = "TENANT_MINIO_VERSITYGW_URL"


def start_minio(
    *,
    local: bool = False,
    settings: Mapping[str, str] | None = None,
    certificate: Path | None = None,
) -> S3Server:
    """Return a MinIO server that answers, with random keys and an empty folder.

    Args:
        local: start one here even if TENANT_MINIO_MINIO_URL names one; for fault tests.
        settings: more environment variables of the server, such as MINIO_API_CORS_ALLOW_ORIGIN;
            only for a server that is started here, so they imply ``local``.
        certificate: a PEM file with a private key and its certificate for 127.0.0.1, which is its
            own CA: the server speaks HTTPS. Implies ``local`` too.

    Raises:
        ServerError: there is none and none can be built, or it does not come up.
    """

    def command(program: Path, folder: Path, port: int, keys: tuple[str, str]) -> Command:
        if certificate is not None:
            _write_certificate(certificate, folder / "certs")
        return Command(
            argv=[
                *(str(program), "server", "--quiet", "--address", f"127.0.0.1:{port}"),
                *("--certs-dir", str(folder / "certs"), str(folder / "data")),
            ],
            env=child_environment(
                folder,
                {
                    "MINIO_ROOT_USER": keys[0],
                    "MINIO_ROOT_PASSWORD": keys[1],
                    "MINIO_BROWSER": "off",
                    "MINIO_UPDATE": "off",
                    "MINIO_CALLHOME_ENABLE": "off",
                    **(settings or {}),
                },
            ),
        )

    local = local or settings is not None or certificate is not None
    return _start("minio", MINIO, MINIO_VARIABLE, command, local=local, certificate=certificate)


def start_versitygw(*, local: bool = False, settings: Mapping[str, str] | None = None) -> S3Server:
    """Return a VersityGW server with the posix backend that answers, with random keys.

    Args:
        local: start one here even if TENANT_MINIO_VERSITYGW_URL names one; for fault tests.
        settings: more environment variables of the server, such as VGW_LOG_WEBHOOK_URL; as for
            :func:`start_minio`.

    Raises:
        ServerError: there is none and none can be built, or it does not come up.
    """

    def command(program: Path, folder: Path, port: int, keys: tuple[str, str]) -> Command:
        return Command(
            argv=[
                *(str(program), "--port", f"127.0.0.1:{port}", "--region", "us-east-1"),
                *("--health", "/health", "posix", *_metadata(folder), str(folder / "data")),
            ],
            env=child_environment(
                folder,
                {"ROOT_ACCESS_KEY": keys[0], "ROOT_SECRET_KEY": keys[1], **(settings or {})},
            ),
        )

    return _start(
        "versitygw", VERSITYGW, VERSITYGW_VARIABLE, command, local=local or settings is not None
    )


def _write_certificate(certificate: Path, folder: Path) -> None:
    """Put key and certificate where MinIO looks for them, each in a file of its own."""
    folder.mkdir(exist_ok=True)
    for block in re.findall(r"-----BEGIN .*?-----END [^\n]*\n", certificate.read_text(), re.DOTALL):
        name = "private.key" if "PRIVATE KEY" in block else "public.crt"
        (folder / name).write_text(block)


def _start(
    kind: Kind,
    program: Program,
    variable: str,
    command: Callable[[Path, Path, int, tuple[str, str]], Command],
    *,
    local: bool,
    certificate: Path | None = None,
) -> S3Server:
    if not local and (server := _from_environment(kind, variable)) is not None:
        return server
    path = find_or_build(program)
    keys = access_key, secret_key = secrets.token_hex(8), secrets.token_hex(16)
    process = SupervisedProcess()
    try:
        (process.folder / "data").mkdir()
        running = LocalServer(
            kind,
            process,
            lambda port: command(path, process.folder, port, keys),
            lambda port: (
                s3_error(
                    f"127.0.0.1:{port}",
                    *keys,
                    secure=certificate is not None,
                    timeout=1.0,
                    ca_certs=certificate,
                )
                is None
            ),
        )
    except BaseException:
        process.close()
        raise
    return S3Server(
        kind=kind,
        endpoint=f"127.0.0.1:{running.port}",
        access_key=access_key,
        secret_key=secret_key,
        secure=certificate is not None,
        ca_certs=certificate,
        _server=running,
    )


def _from_environment(kind: Kind, variable: str) -> S3Server | None:
    external = take_external(variable)
    if external is None:
        return None
    error = s3_error(
        external.endpoint, external.access_key, external.secret_key, secure=external.secure
    )
    if error is not None:
        external.release()
        raise ServerError(f"{external.name} does not answer: {error}")
    return S3Server(
        kind=kind,
        endpoint=external.endpoint,
        access_key=external.access_key,
        secret_key=external.secret_key,
        secure=external.secure,
        _server=external,
    )


def _metadata(folder: Path) -> list[str]:
    """Where VersityGW keeps metadata: beside the objects if extended attributes do not work."""
    if not hasattr(os, "setxattr"):
        return []
    try:
        os.setxattr(folder / "data", "user.tenant_minio", b"")
    except OSError:
        (folder / "metadata").mkdir(exist_ok=True)
        return ["--sidecar", str(folder / "metadata")]
    return []

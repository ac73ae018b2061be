"""What the numbers were measured on."""

from __future__ import annotations

import json
import os
import platform
from contextlib import suppress
from pathlib import Path
from typing import Any

from minio import MinioAdmin
from minio.credentials import StaticProvider
from minio.error import MinioAdminException
from urllib3.exceptions import HTTPError

from tenant_minio.testing.servers import S3Server


def facts(server: S3Server) -> dict[str, Any]:
    """Machine, versions of what takes part, and how busy the machine was when it began."""
    return {
        "cpus": os.cpu_count(),
        "processor": _processor(),
        "machine": platform.machine(),
        "system": f"{platform.system()} {platform.release()}",
        "load when it began": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "server": _server_version(server),
    }


def _processor() -> str:
    """Its model; Linux has no one place for it on all machines."""
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return "unknown"


def _server_version(server: S3Server) -> str:
    """A server built here has its version in its file's name, and says only that it was built."""
    if server.pid is not None:
        program = Path(f"/proc/{server.pid}/exe").resolve().name
        if program != server.kind:
            return program
    admin = MinioAdmin(
        endpoint=server.endpoint,
        credentials=StaticProvider(access_key=server.access_key, secret_key=server.secret_key),
        secure=server.secure,
    )
    try:
        return f"{server.kind}-{json.loads(admin.info())['servers'][0]['version']}"
    except (MinioAdminException, HTTPError, LookupError, ValueError):
        return f"{server.kind}, version unknown"

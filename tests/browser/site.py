"""The site of the browser tests: a project of its own in gunicorn, before a real MinIO."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

from minio import Minio

from tenant_minio.testing.servers import S3Server
from tenant_minio.testing.servers.process import Command, SupervisedProcess
from tests.browser.project.prepare import PASSWORD, USERS
from tests.outages.toxiproxy import Proxy

ROOT = Path(__file__).parents[2]
START_SECONDS = 60
# A developer's HTTP proxy has no part in this.
_opener = build_opener(ProxyHandler({}))


@dataclass(frozen=True, slots=True)
class Site:
    """A running site.

    Args:
        port: of 127.0.0.1; each tenant has a host name below localhost.
        cluster: what Django speaks to, and where the files are.
        proxy: what the browser speaks to for uploads and downloads.
        pid: of gunicorn.
    """

    port: int
    cluster: S3Server
    proxy: Proxy
    pid: int

    @property
    def logins(self) -> Mapping[str, tuple[str, str]]:
        """User and password by tenant."""
        return {tenant: (user, PASSWORD) for tenant, user in USERS.items()}

    def url(self, tenant: str, path: str = "/") -> str:
        return f"http://{tenant}.localhost:{self.port}{path}"

    def stored(self, prefix: str = "") -> dict[str, int]:
        """The bytes of each object below a prefix, as a client says that is not under test."""
        found = self.client.list_objects(bucket_name="media", prefix=prefix, recursive=True)
        return {item.object_name: item.size for item in found}

    def content(self, key: str) -> bytes:
        answer = self.client.get_object(bucket_name="media", object_name=key)
        try:
            return answer.read()
        finally:
            answer.close()
            answer.release_conn()

    def open_uploads(self) -> int:
        """How many uploads in parts nobody has ended, as the server's data folder says.

        MinIO lists them by exact key only.
        """
        assert self.cluster.data_dir is not None
        return len(list(self.cluster.data_dir.glob(".minio.sys/multipart/*/*/xl.meta")))

    @property
    def client(self) -> Minio:
        return Minio(
            endpoint=self.cluster.endpoint,
            access_key=self.cluster.access_key,
            secret_key=self.cluster.secret_key,
            secure=self.cluster.secure,
            region="us-east-1",
        )


def origins(port: int) -> str:
    """What a server-wide setting of MinIO allows to ask it from a page."""
    return ",".join(f"http://{tenant}.localhost:{port}" for tenant in USERS)


@contextmanager
def running(port: int, cluster: S3Server, proxy: Proxy) -> Iterator[Site]:
    """The site on a port, from when it answers until the block ends."""
    process = SupervisedProcess()
    try:
        environment = _environment(process.folder, cluster, proxy)
        prepare = [sys.executable, "-m", "tests.browser.project.prepare"]
        process.run(Command(argv=prepare, env=environment), name="prepare")
        serve = [
            *(sys.executable, "-m", "gunicorn", "--threads", "8", "--graceful-timeout", "1"),
            *("--bind", f"127.0.0.1:{port}", "--no-control-socket"),
            "tests.browser.project.wsgi",
        ]
        process.start(Command(argv=serve, env=environment))
        _wait_until_it_answers(process, port)
        assert process.pid is not None
        yield Site(port, cluster, proxy, process.pid)
    finally:
        process.close()


def _environment(folder: Path, cluster: S3Server, proxy: Proxy) -> Mapping[str, str]:
    told = {
        "folder": str(folder),
        "cluster": {**cluster.storage_options(), "external_endpoint": proxy.endpoint},
    }
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "DJANGO_SETTINGS_MODULE": "tests.browser.project.settings",
        "BROWSER_TESTS": json.dumps(told),
    }


def _wait_until_it_answers(process: SupervisedProcess, port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        assert process.exit_code() is None, f"the site has ended:\n{process.log(60)}"
        assert time.monotonic() < deadline, f"the site does not answer:\n{process.log(60)}"
        with suppress(OSError):
            _opener.open(f"http://127.0.0.1:{port}/static/library/page.css", timeout=5).close()
            return
        time.sleep(0.05)

"""No secret stands in anything that a full run lets be seen."""

from __future__ import annotations

import base64
import json
import os
import re
import secrets
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import urllib3
from minio.credentials import AssumeRoleProvider

from tenant_minio.testing.servers import S3Server, start_minio, start_versitygw
from tests.conftest import bucket_name

from .spellings import leaks, spellings

CERTIFICATE = Path(__file__).parent.parent / "data" / "localhost.pem"
COMPAT = "tenant_minio.compat.django_minio_backend.models.MinioBackend"
# In a signed URL, S3 wants the session token itself.
TOKEN_IN_URL = re.compile(rb"X-Amz-Security-Token=[^&\"'\s<]+")


def session(server: S3Server) -> dict[str, str]:
    """Credentials with a token; only MinIO gives these out."""
    if server.kind != "minio":
        return {"session_token": secrets.token_urlsafe(100)}
    provider = AssumeRoleProvider(
        sts_endpoint=f"https://{server.endpoint}",
        access_key=server.access_key,
        secret_key=server.secret_key,
        http_client=urllib3.PoolManager(ca_certs=str(CERTIFICATE)),
    )
    deadline = time.monotonic() + 30
    while True:
        try:
            found = provider.retrieve()
            break
        except ValueError:  # a server that has just begun to answer may not give any out yet
            assert time.monotonic() < deadline
            time.sleep(0.1)
    return {
        "access_key": found.access_key,
        "secret_key": found.secret_key,
        "session_token": str(found.session_token),
    }


class Given:
    """STORAGES for a server, and each secret in it."""

    def __init__(self, server: S3Server) -> None:
        self.secrets: dict[str, bytes] = {"secret key": server.secret_key.encode()}
        self.storages: dict[str, Any] = {}
        bucket = bucket_name()
        options = {**server.storage_options(), "read_timeout": 4, "retries": 0}
        token = session(server)
        for name, value in token.items():
            if name != "access_key":
                self.secrets[f"session's {name}"] = value.encode()
        key = secrets.token_bytes(32)
        text_key = secrets.token_bytes(32)
        self.secrets |= {"customer's key": key, "customer's key as text": text_key}
        self.add("default", BACKEND="RoutingStorage", backend="working", bucket=bucket)
        self.storages["default"]["OPTIONS"]["prefix"] = "{tenant}/"
        self.add("working", **options, bucket=f"{bucket}-plain", proxy=None)
        self.add("session", **{**options, **token}, bucket=f"{bucket}-session")
        as_bytes = {"type": "C", "key": base64.b64encode(key).decode(), "as_bytes": True}
        as_text = {"type": "C", "key": base64.b64encode(text_key).decode()}
        self.add("customer", **options, bucket=f"{bucket}-customer", sse=as_bytes)
        self.add("customer_text", **options, bucket=f"{bucket}-customer", prefix="t/", sse=as_text)
        self.add("refused", **{**options, "secret_key": self.new("refused")}, bucket="some-bucket")
        unknown = {"access_key": "nobody", "secret_key": self.new("unknown")}
        self.add("unknown", **{**options, **unknown}, bucket="some-bucket")
        expired = {"session_token": self.new("expired token")}
        self.add("expired", **{**options, **expired}, bucket="some-bucket")
        self.add("dead", **{**options, "endpoint": "127.0.0.1:9"}, bucket="some-bucket")
        proxy = f"http://user:{self.new('password of the proxy')}@127.0.0.1:9"
        self.add("proxied", **{**options, "proxy": proxy}, bucket="some-bucket")
        self.add("misspelt", **options, bucket="x-bucket", secret_keys=self.new("misspelt option"))
        self.add("of_bytes", **{**options, "secret_key": [self.new("of the wrong kind")]})
        short = {"type": "C", "key": self.new("short key")}
        self.add("short", **options, bucket="y-bucket", sse=short)
        endpoint = f"user:{self.new('password of the endpoint')}@{server.endpoint}"
        self.add("with_user", **{**options, "endpoint": endpoint}, bucket="z-bucket")
        self.storages["compat"] = {
            "BACKEND": COMPAT,
            "OPTIONS": {
                "MINIO_ENDPOINT": server.endpoint,
                "MINIO_ACCESS_KEY": "nobody",
                "MINIO_SECRET_KEY": self.new("compat's"),
                "MINIO_USE_HTTPS": server.secure,
                "MINIO_PRIVATE_BUCKETS": ["compat-bucket"],
                "MINIO_DEFAULT_BUCKET": "compat-bucket",
            },
        }
        self.add("staticfiles", "MinioStaticStorage", **options, bucket=f"{bucket}-static")

    def shown_by_django(self, leak: str) -> bool:
        """Django shows all settings in errors, less those whose names say key, token or the like.

        A password inside of another value is not known to it.
        """
        name, _, where = leak.partition(" in ")
        inside = name.startswith("password")
        return inside and where.startswith(("debug pages,", "mails,", "pages,"))

    def new(self, name: str) -> str:
        """A secret that stands in one place only."""
        made = secrets.token_urlsafe(24)
        self.secrets[name] = made.encode()
        return made

    def add(self, alias: str, BACKEND: str = "MinioStorage", **options: Any) -> None:
        self.storages[alias] = {"BACKEND": f"tenant_minio.{BACKEND}", "OPTIONS": options}


@pytest.fixture(scope="module", params=["minio", "versitygw"])
def run(request: pytest.FixtureRequest, tmp_path_factory: Any) -> tuple[Given, Path]:
    """All that one run on a server has let be seen."""
    folder: Path = tmp_path_factory.mktemp(request.param)
    seen = folder / "seen"
    seen.mkdir()
    start = {
        "minio": lambda: start_minio(certificate=CERTIFICATE),
        "versitygw": start_versitygw,
    }
    with start[request.param]() as server:
        given = Given(server)
        (folder / "given.json").write_text(json.dumps({"storages": given.storages}))
        environment = {
            **os.environ,
            "PYTHONPATH": ".",
            "DJANGO_SETTINGS_MODULE": "tests.secrets.project.settings",
            "SECRETS_GIVEN": str(folder / "given.json"),
            "SECRETS_DATABASE": str(folder / "db.sqlite3"),
        }
        done = subprocess.run(
            [sys.executable, "-m", "tests.secrets.project.walk", str(seen)],
            env=environment,
            capture_output=True,
            timeout=300,
            check=False,
        )
    (seen / "stdout").write_bytes(done.stdout)
    (seen / "stderr").write_bytes(done.stderr)
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    return given, seen


def test_no_secret_is_seen(run: tuple[Given, Path]) -> None:
    given, seen = run
    written = [(path.name, TOKEN_IN_URL.sub(b"", path.read_bytes())) for path in seen.iterdir()]
    found = [leak for leak in leaks(given.secrets, written) if not given.shown_by_django(leak)]
    assert found == []


def test_no_signature_is_seen_but_in_the_url_that_it_signs(run: tuple[Given, Path]) -> None:
    """Who reads a log must not be able to get a file."""
    _given, seen = run
    signatures = (seen / "signatures").read_bytes().split()
    assert len(signatures) >= 10
    for name in ("logs", "errors", "debug pages", "commands", "mails", "reprs", "spans", "metrics"):
        text = (seen / name).read_bytes()
        assert not [signature for signature in signatures if signature in text], name


def test_the_run_has_done_what_could_show_a_secret(run: tuple[Given, Path]) -> None:
    given, seen = run
    texts = {path.name: path.read_text(errors="replace") for path in seen.iterdir()}
    kind = "minio" if "customer save: " in texts["results"] else "versitygw"
    # VersityGW gives out no tokens, and takes no customer's key.
    for alias in ("default", "working", *(["session", "customer"] if kind == "minio" else [])):
        for operation in ("save", "large", "read", "write", "url", "health"):
            assert f"{alias} {operation}: " in texts["results"]
    for alias in set(given.storages) - {"default", "working", "session", "customer"}:
        assert f"{alias} missing: " in texts["errors"]
    for error in ("PermissionDenied", "BackendUnavailable", "InvalidBackend", "UnsafeName"):
        assert f"{error}Error" in texts["errors"]
    assert "urllib3.connectionpool DEBUG" in texts["logs"]
    assert "tenant_minio WARNING" in texts["logs"]
    assert "Request data not supplied" in texts["debug pages"]
    assert "PermissionDeniedError" in texts["mails"]
    assert "from_alias" in texts["commands"]  # a migration
    assert '"available": false' in texts["commands"]
    assert "BackendOptions(" in texts["reprs"]
    assert "X-Amz-Signature" in texts["pages"]
    assert '"backends"' in texts["pages"]
    assert 'error_type="denied"' in texts["metrics"]
    assert '"error.type": "unavailable"' in texts["spans"]


@pytest.mark.parametrize("secret", [b"correct horse/battery+staple", bytes(range(200, 232))])
def test_a_secret_is_found_however_it_is_written(secret: bytes) -> None:
    for spelling in spellings(secret):
        [leak] = leaks({"the key": secret}, [("a log", b"before " + spelling + b" after")])
        assert leak == "the key in a log, after 'before '"
    assert list(leaks({"the key": secret}, [("a log", b"before ... after")])) == []

"""Start-up contacts nothing unless asked to."""

import os
import subprocess
import sys
from typing import Any

import pytest

from tests.conftest import bucket_name, raw_client

PROGRAM = """
import django
from django.conf import settings
settings.configure(
    INSTALLED_APPS=["tenant_minio"],
    STORAGES={{
        "default": {{"BACKEND": "tenant_minio.RoutingStorage", "OPTIONS": {{
            "backend": "eu", "bucket": {bucket!r}, "prefix": "{{tenant}}/",
        }}}},
        "eu": {{"BACKEND": "tenant_minio.MinioStorage", "OPTIONS": {options!r}}},
    }},
    TENANT_MINIO={{"CHECK_ON_START": {asked!r}}},
)
django.setup()
print("started")
"""


def start(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env={**os.environ, "PYTHONPATH": "."},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_start_up_contacts_nothing() -> None:
    options = {"endpoint": "127.0.0.1:1", "access_key": "a", "secret_key": "hidden-secret"}
    program = PROGRAM.format(bucket=bucket_name(), options=options, asked=[])
    assert start(program).stdout == "started\n"


@pytest.mark.parametrize("asked", [True, ["eu"]])
def test_a_server_that_is_asked_to_look_does_not_start_without(
    minio_server: Any, asked: object
) -> None:
    bucket = bucket_name()
    options = minio_server.storage_options()
    program = PROGRAM.format(bucket=bucket, options=options, asked=asked)
    refused = start(program)
    assert refused.returncode == 1
    assert bucket in refused.stderr
    assert "initialize_buckets" in refused.stderr
    dead = start(
        PROGRAM.format(bucket=bucket, options={**options, "endpoint": "127.0.0.1:1"}, asked=asked)
    )
    assert "BackendUnavailableError" in dead.stderr
    assert minio_server.secret_key not in refused.stderr + dead.stderr
    client = raw_client(type("Options", (), {**options, "region": "us-east-1"}))
    client.make_bucket(bucket_name=bucket)
    try:
        assert start(program).stdout == "started\n"
    finally:
        client.remove_bucket(bucket_name=bucket)


def test_the_command_that_makes_the_buckets_starts_without_them() -> None:
    options = {"endpoint": "127.0.0.1:1", "access_key": "a", "secret_key": "b"}
    program = PROGRAM.format(bucket=bucket_name(), options=options, asked=True)
    as_command = f"import sys; sys.argv = ['manage.py', 'initialize_buckets']\n{program}"
    assert start(as_command).stdout == "started\n"
    for argv in (["manage.py", "runserver"], ["/lib/gunicorn/__main__.py", "shop.wsgi"]):
        assert start(f"import sys; sys.argv = {argv}\n{program}").returncode == 1

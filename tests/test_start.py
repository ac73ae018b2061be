"""Start-up contacts nothing unless asked to."""

import os
import subprocess
import sys
from typing import Any

import pytest
from minio.versioningconfig import ENABLED, VersioningConfig

from tenant_minio.apps import is_command
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


ENTRIES = """
import django
from django.conf import settings
settings.configure(INSTALLED_APPS=["tenant_minio"], STORAGES={entries!r})
django.setup()
print("started")
"""


def test_start_up_contacts_nothing() -> None:
    options = {"endpoint": "127.0.0.1:1", "access_key": "a", "secret_key": "hidden-secret"}
    program = PROGRAM.format(bucket=bucket_name(), options=options, asked=[])
    assert start(program).stdout == "started\n"


@pytest.mark.parametrize("asked", [True, ["eu"], ["default"]])
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


def test_only_the_entries_that_ask_are_compared(minio_server: Any) -> None:
    """The one that asks is as declared, but for its versioning; the others are not looked at."""
    bucket = bucket_name()
    options = {**minio_server.storage_options(), "bucket": bucket, "versioning": True}
    storage = "tenant_minio.MinioStorage"
    entries: dict[str, Any] = {
        "site": {"BACKEND": storage, "OPTIONS": {**options, "check_on_start": True}},
        "dead": {"BACKEND": storage, "OPTIONS": {**DEAD, "bucket": "never-made"}},
        "default": {
            "BACKEND": "tenant_minio.RoutingStorage",
            "OPTIONS": {"backend": "dead", "bucket": "media", "prefix": "{tenant}/"},
        },
    }
    program = ENTRIES.format(entries=entries)
    client = raw_client(type("Options", (), {**options, "region": "us-east-1"}))
    client.make_bucket(bucket_name=bucket)
    try:
        refused = start(program)
        assert refused.returncode == 1
        assert f"site:{bucket}: versioning is never set instead of enabled" in refused.stderr
        assert "check_buckets --all-tenants" in refused.stderr
        assert client.get_bucket_versioning(bucket_name=bucket).status != ENABLED
        client.set_bucket_versioning(bucket_name=bucket, config=VersioningConfig(ENABLED))
        assert start(program).stdout == "started\n"
        entries["default"]["OPTIONS"]["check_on_start"] = True
        assert "BackendUnavailableError" in start(ENTRIES.format(entries=entries)).stderr
    finally:
        client.remove_bucket(bucket_name=bucket)


DEAD = {"endpoint": "127.0.0.1:1", "access_key": "a", "secret_key": "b"}


@pytest.mark.parametrize(
    ("argv", "looks"),
    [
        (["manage.py", "initialize_buckets"], False),
        (["manage.py", "--settings=x", "initialize_buckets", "--all-tenants"], False),
        (["/usr/bin/shop", "initialize_buckets"], False),
        (["/usr/bin/shop", "check_buckets", "--fix"], False),
        (["/usr/bin/shop", "is_minio_available", "--json"], False),
        (["manage.py", "migrate"], False),
        (["/lib/django/__main__.py", "check"], False),
        (["django-admin"], False),
        (["manage.py", "runserver"], True),
        (["manage.py", "--settings=x", "runserver", "8000"], True),
        (["/lib/django/__main__.py", "-v", "2", "runserver"], True),
        (["/lib/gunicorn/__main__.py", "shop.wsgi"], True),
        (["/usr/bin/shop", "serve"], True),
        ([], True),
    ],
)
def test_only_what_serves_needs_the_buckets(
    monkeypatch: pytest.MonkeyPatch, argv: list[str], looks: bool
) -> None:
    """The command that makes the buckets starts without them."""
    monkeypatch.setattr(sys, "argv", argv)
    assert is_command() is not looks


def test_the_command_that_makes_the_buckets_starts_without_them() -> None:
    program = PROGRAM.format(bucket=bucket_name(), options=DEAD, asked=True)
    as_command = "import sys; sys.argv = ['/usr/bin/shop', 'initialize_buckets']\n"
    assert start(as_command + program).stdout == "started\n"
    assert start("import sys; sys.argv = ['manage.py', 'runserver']\n" + program).returncode == 1


def test_aliases_that_are_no_list_are_named() -> None:
    """And the check, which says more, can be run."""
    program = PROGRAM.format(bucket=bucket_name(), options=DEAD, asked="eu")
    assert "CHECK_ON_START'] is 'eu'. Write True, or a list of aliases" in start(program).stderr
    assert start("import sys; sys.argv = ['manage.py', 'check']\n" + program).returncode == 0

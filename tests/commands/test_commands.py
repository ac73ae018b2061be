"""The commands, against real servers."""

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from tenant_minio import registry
from tests.conftest import bucket_name, entry, raw_client

KEYS = ["acme", "globex", "initech"]


def all_tenants() -> list[str]:
    return KEYS


def run(name: str, *args: str) -> str:
    out = io.StringIO()
    call_command(name, *args, stdout=out, stderr=io.StringIO())
    return out.getvalue()


@pytest.fixture
def clusters(minio_server: Any, versitygw_server: Any, use_storages: Callable[..., None]) -> Any:
    """Two clusters; acme has a bucket of its own on the second."""
    shared, own, static = bucket_name(), bucket_name(), bucket_name()
    routes = {"acme": {"backend": "us", "bucket": own, "prefix": ""}}
    options = {"backend": "eu", "bucket": shared, "prefix": "t/{tenant}/", "routes": routes}
    use_storages(
        default={"BACKEND": "tenant_minio.RoutingStorage", "OPTIONS": options},
        eu=entry(minio_server),
        us=entry(versitygw_server),
        reports=entry(minio_server, bucket=static),
    )
    with override_settings(TENANT_MINIO={"TENANTS": f"{__name__}.all_tenants"}):
        yield {"shared": ("eu", shared), "own": ("us", own), "static": ("eu", static)}
    for alias, name in [("eu", shared), ("us", own), ("eu", static)]:
        client = raw_client(registry_options(minio_server if alias == "eu" else versitygw_server))
        if client.bucket_exists(bucket_name=name):
            client.remove_bucket(bucket_name=name)


def registry_options(server: Any) -> Any:
    return type("Options", (), {**server.storage_options(), "region": "us-east-1"})


def existing(clusters: dict[str, tuple[str, str]]) -> set[str]:
    """Which of the buckets really exist, by a client of its own."""
    return {
        word
        for word, (alias, name) in clusters.items()
        if raw_client(registry[alias].options).bucket_exists(bucket_name=name)  # type: ignore[attr-defined]
    }


def test_one_tenant_gets_what_it_needs_and_nothing_else(clusters: Any) -> None:
    assert "created" in run("initialize_buckets", "--tenant", "acme")
    assert existing(clusters) == {"own"}
    assert "created" not in run("initialize_buckets", "--tenant", "acme")


def test_all_tenants_and_the_storages_of_none(clusters: Any) -> None:
    outcomes = json.loads(run("initialize_buckets", "--all-tenants", "--json"))
    assert existing(clusters) == {"shared", "own", "static"}
    assert [(o["storage"], o["tenant"]) for o in outcomes] == [
        ("reports", None),
        *(("default", key) for key in KEYS),
    ]
    assert sum(o["status"] == "created" for o in outcomes) == 3
    again = json.loads(run("initialize_buckets", "--all-tenants", "--json", "--workers", "2"))
    assert {o["status"] for o in again} == {"ok"}


def test_without_a_tenant_only_the_storages_of_none(clusters: Any) -> None:
    run("initialize_buckets")
    assert existing(clusters) == {"static"}


def test_one_backend_only(clusters: Any) -> None:
    run("initialize_buckets", "--all-tenants", "--backend", "us")
    assert existing(clusters) == {"own"}
    with pytest.raises(CommandError, match="'uu'"):
        run("initialize_buckets", "--all-tenants", "--backend", "uu")


def test_a_dry_run_changes_nothing(clusters: Any) -> None:
    outcomes = json.loads(run("initialize_buckets", "--all-tenants", "--dry-run", "--json"))
    assert existing(clusters) == set()
    assert sum(o["status"] == "missing" for o in outcomes) == 3


def test_an_unknown_tenant_is_refused(clusters: Any) -> None:
    with pytest.raises(CommandError, match="'nobody'"):
        run("initialize_buckets", "--tenant", "nobody")
    assert existing(clusters) == set()


def test_a_dead_cluster_fails_its_own_tenants_only(
    clusters: Any, minio_server: Any, use_storages: Callable[..., None]
) -> None:
    from django.conf import settings

    dead = entry(minio_server, endpoint="127.0.0.1:1")
    use_storages(**{**settings.STORAGES, "us": dead})
    with pytest.raises(CommandError, match="1 of 4 failed"):
        run("initialize_buckets", "--all-tenants")
    assert {"shared", "static"} <= existing({k: v for k, v in clusters.items() if k != "own"})
    out = run("initialize_buckets", "--all-tenants", "--silenced", "--json")
    (failed,) = [o for o in json.loads(out) if o["status"] == "failed"]
    assert failed["tenant"] == "acme"
    assert "us:" in failed["error"]
    assert minio_server.secret_key not in out


def test_a_terminal_sees_the_progress(clusters: Any) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    seen = Terminal()
    call_command("initialize_buckets", "--all-tenants", stdout=io.StringIO(), stderr=seen)
    assert "\r4/4" in seen.getvalue()
    assert seen.getvalue().endswith("\r\033[K")


def one_bucket_for_all(tenant: str) -> Any:
    from tenant_minio import Route

    return Route("eu", "everyones-bucket", own_bucket=True)


def test_a_bucket_promised_to_two_tenants_is_found(
    minio_server: Any, use_storages: Callable[..., None]
) -> None:
    options = {"routers": [f"{__name__}.one_bucket_for_all"]}
    use_storages(
        default={"BACKEND": "tenant_minio.RoutingStorage", "OPTIONS": options},
        eu=entry(minio_server),
    )
    with override_settings(TENANT_MINIO={"TENANTS": f"{__name__}.all_tenants"}):
        out = run("initialize_buckets", "--all-tenants", "--silenced", "--json")
    assert {o["status"] for o in json.loads(out)} == {"failed"}
    assert "shares a location" in out
    client = raw_client(registry["eu"].options)  # type: ignore[attr-defined]
    assert not client.bucket_exists(bucket_name="everyones-bucket")


def test_both_kinds_of_server_are_available(clusters: Any) -> None:
    seen = json.loads(run("is_minio_available", "--json"))
    assert {alias: (h["available"], h["server"]) for alias, h in seen.items()} == {
        "eu": (True, "minio"),
        "us": (True, "s3"),
        "reports": (True, "minio"),
    }
    assert "up" in run("is_minio_available", "--backend", "us")


@pytest.mark.parametrize("server", ["minio_server", "versitygw_server"])
@pytest.mark.parametrize(
    "options", [{"endpoint": "127.0.0.1:1"}, {"secret_key": "wrong"}, {"access_key": "nobody"}]
)
def test_what_cannot_be_used_is_not_available(
    request: pytest.FixtureRequest,
    use_storages: Callable[..., None],
    server: str,
    options: dict[str, str],
) -> None:
    use_storages(eu=entry(request.getfixturevalue(server), **options))
    with pytest.raises(CommandError, match="Not available: eu"):
        run("is_minio_available")
    assert "down" in run("is_minio_available", "--silenced")


def test_wrong_settings_of_one_cluster_hide_nothing_of_another(
    minio_server: Any, use_storages: Callable[..., None]
) -> None:
    use_storages(eu=entry(minio_server), us=entry(minio_server, read_timeout="soon"))
    seen = json.loads(run("is_minio_available", "--json", "--silenced"))
    assert seen["eu"]["available"] is True
    assert seen["us"]["available"] is False
    assert "read_timeout" in seen["us"]["detail"]
